#!/usr/bin/env bash
# clients.sh: fetches the clients that the tests drive besides the docker command line, into .build-tools/clients, and
# prints that folder: python/ has docker-py and Testcontainers (PyPI), docker/cli-plugins/ has docker compose (Debian's
# package docker-compose of a release that has version 2). What cannot be had is said, and its tests are skipped.
. "$(dirname "$0")/common.sh"

tools=$PWD/.build-tools/clients
mkdir -p "$tools"
echo "$tools"
exec >&2

wanted="docker>=7,<8 testcontainers>=4,<5 websocket-client>=1,<2"
if [ "$(cat "$tools/python.done" 2>/dev/null)" != "$wanted" ]; then
  say "Fetching docker-py and Testcontainers for Python"
  rm -rf "$tools/python"
  # shellcheck disable=SC2086
  if python3 -m venv "$tools/python" &&
    timeout 300 "$tools/python/bin/pip" install -q --disable-pip-version-check $wanted; then
    echo "$wanted" >"$tools/python.done"
  else
    rm -rf "$tools/python"
    echo "skipped: the Python clients cannot be fetched from PyPI; their tests do not run"
  fi
fi

plugin=$tools/docker/cli-plugins/docker-compose
mkdir -p "${plugin%/*}"
if [ ! -x "$plugin" ]; then
  own=$(dpkg-query -L docker-compose 2>/dev/null | grep -m1 '/cli-plugins/docker-compose$' || true)
  if [ -n "$own" ]; then
    ln -sf "$own" "$plugin"
  else
    say "Fetching docker compose (Debian's package docker-compose, not installed)"
    # A package list of a later release, apart from the machine's own, at the repository that apt is set up with.
    apt=$tools/apt
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    uri=$(apt-get indextargets --format '$(REPO_URI) $(COMPONENT)' 'Created-By: Packages' |
      awk '$2 == "main" && !/security/ { print $1; exit }')
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${uri:-none} trixie main" >"$apt/sources"
    options=(-q -o "Dir::Etc::sourcelist=$apt/sources" -o "Dir::Etc::sourceparts=-" -o "Dir::State::lists=$apt/lists"
      -o "Dir::Cache=$apt/cache" -o "APT::Sandbox::User=" -o "Acquire::Languages=none")
    if [ -n "$uri" ] && (cd "$apt" && timeout 300 apt-get "${options[@]}" update >/dev/null &&
      timeout 300 apt-get "${options[@]}" download docker-compose) &&
      dpkg-deb -x "$apt"/docker-compose_*.deb "$apt/root"; then
      cp "$apt/root/usr/libexec/docker/cli-plugins/docker-compose" "$plugin"
    else
      echo "skipped: docker compose cannot be fetched; its tests do not run"
    fi
    rm -rf "$apt"
  fi
fi
