# Shared by the scripts here; source it. Brings you to the project's folder and defines say, die, as_root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A step's headline; bold on a terminal only.
say() { if [ -t 1 ]; then printf '\n\033[1m▸ %s\033[0m\n' "$*"; else printf '\n▸ %s\n' "$*"; fi; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Runs a command as root, with the caller's search path; asks sudo where the caller is not root.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null || die "this needs root, and there is no sudo: run it as root"
  sudo env "PATH=$PATH" "$@"
}
