"""The engines, each in a lab of its own."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import time

from measure import Failed, processes, proportional, run, say

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
BENCH = os.path.join(REPOSITORY, ".build-bench")
ROOT = os.path.join(BENCH, "root")
PLAIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Settings:
    """Where the programs are."""

    binaries = os.environ.get("CAUSEWAY_BIN", os.path.join(REPOSITORY, ".build/release"))
    client = os.environ.get("BENCH_CLIENT", "docker")
    archive = os.path.join(BENCH, "busybox.tar")

    @classmethod
    def program(cls, name):
        return os.path.join(cls.binaries, name)


class Lab:
    """A lab of the bench's: a host and the internet behind it."""

    def __init__(self, key):
        self.name = f"bench-{key}"
        self.host = f"/run/netns/causeway-{self.name}-host"
        self.internet = f"/run/netns/causeway-{self.name}-inet"
        self.folder = f"/run/causeway-lab/{self.name}"
        self.state = f"/var/lib/causeway-lab/{self.name}"
        self.resolver = os.path.join(self.folder, "resolv.conf")

    def up(self, *options, env=None):
        run([Settings.program("causeway"), "lab", "up", self.name, "-q", *options], env=env)
        with open(self.resolver, "a+") as file:
            file.seek(0)
            if not file.read():
                file.write("nameserver 203.0.113.53\n")

    def down(self):
        run([Settings.program("causeway"), "lab", "down", self.name, "-q"], check=False)


class Engine:
    """An engine that speaks the Docker API, and the docker command line before it."""

    def __init__(self, key, title):
        self.key, self.title, self.lab = key, title, Lab(key)
        self.image = "busybox"
        self.socket = os.path.join(self.lab.folder, "docker.sock")
        self.env = dict(os.environ, DOCKER_HOST=f"unix://{self.socket}", DOCKER_CONFIG=BENCH)

    def command(self, *arguments):
        return [Settings.client, *arguments]

    def run(self, *arguments, check=True, timeout=300):
        return run(self.command(*arguments), check=check, env=self.env, timeout=timeout).strip()

    def remove(self, *names):
        """Ends containers and removes them, some at a time."""
        for first in range(0, len(names), 50):
            self.run("rm", "-f", *names[first : first + 50], check=False, timeout=600)

    def pid(self, container):
        return int(self.run("inspect", "-f", "{{.State.Pid}}", container))

    def namespace(self, container):
        return f"/proc/{self.pid(container)}/ns/net"

    def memory(self):
        return proportional(processes(self.lab.host))

    def daemons(self):
        """What is there when no container is."""
        return processes(self.lab.host)

    def api(self):
        return API(self.socket)

    def resolver(self, network):
        """The address at which a container asks for names."""
        return "127.0.0.11"

    def down(self):
        self.lab.down()


class Causeway(Engine):
    """Causeway itself."""

    def __init__(self, key="causeway", title="Causeway", *options):
        super().__init__(key, title)
        self.options = options

    def up(self):
        self.lab.up("--", *self.options)
        self.version = run([Settings.program("causewayd"), "--version"]).split("\n")[0]


class OwnClient(Engine):
    """Causeway with its own command line."""

    def __init__(self, causeway):
        super().__init__("causeway", "Causeway, own command")
        self.key = "own"

    def command(self, *arguments):
        return [Settings.program("causeway"), *arguments]


class Docker(Engine):
    """dockerd: Debian's, unpacked in `.build-bench`, or another, in the root folder that it belongs to."""

    def __init__(self, key, program):
        super().__init__(key, "Docker")
        self.program = program

    def up(self):
        root = root_of(self.program)
        env = dict(os.environ)
        program = self.program
        if root == ROOT:
            env["PATH"] = f"{ROOT}/usr/sbin:{ROOT}/usr/bin:{PLAIN_PATH}"
            env["LD_LIBRARY_PATH"] = libraries()
        elif root != "/":
            program = wrapper(self.lab, root, self.program)
        self.lab.up("--no-image", "--daemon", program, "--", "--storage-driver", "overlay2", env=env)
        self.run("load", "-q", "-i", Settings.archive)
        self.version = self.run("version", "--format", "{{.Server.Version}}")
        self.title = f"Docker {short(self.version)}"


class Podman(Engine):
    """podman's own command line; it has no daemon."""

    def __init__(self, key, program):
        super().__init__(key, "Podman")
        self.program = program
        self.env = None

    def up(self):
        self.lab.up("--no-daemon")
        root, lab = root_of(self.program), self.lab
        self.whole = root not in (ROOT, "/")
        prefix = ROOT if root == ROOT else ""
        helpers = [f"{prefix}/usr/lib/podman", f"{prefix}/usr/libexec/podman"]
        self.path = ":".join([f"{prefix}/usr/sbin", f"{prefix}/usr/bin", *helpers, PLAIN_PATH])
        conmon_env = [f"PATH={self.path}"] + ([f"LD_LIBRARY_PATH={libraries()}"] if root == ROOT else [])
        conmon = shutil.which("conmon") if not self.whole else "/usr/bin/conmon"
        self.configuration = os.path.join(lab.folder, "containers.conf")
        with open(self.configuration, "w") as file:
            file.write(
                f"""[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
helper_binaries_dir = {json.dumps(helpers)}
conmon_env_vars = {json.dumps(conmon_env)}
conmon_path = ["{conmon}"]
[network]
network_backend = "netavark"
network_config_dir = "{lab.state}/networks"
"""
            )
        self.mounts = os.path.join(lab.folder, "mounts")
        os.makedirs(self.mounts, exist_ok=True)
        self.registries = os.path.join(lab.folder, "registries.conf")
        open(self.registries, "w").close()
        # Podman loads no image without a policy for signatures; the machine may have none.
        home = os.path.join(lab.folder, "home")
        os.makedirs(os.path.join(home, ".config/containers"), exist_ok=True)
        with open(os.path.join(home, ".config/containers/policy.json"), "w") as file:
            json.dump({"default": [{"type": "insecureAcceptAnything"}]}, file)
        self.holder = self.hold(root)
        options = {"LD_LIBRARY_PATH": libraries()} if root == ROOT else {}
        self.variables = [
            f"{name}={value}"
            for name, value in {
                "PATH": self.path, "CONTAINERS_CONF": self.configuration, "HOME": home,
                "CONTAINERS_REGISTRIES_CONF": self.registries, **options,
            }.items()
        ]
        # Podman gives what it loads a registry's name; which one depends on the archive.
        text = self.run("load", "-q", "-i", self.reachable(Settings.archive))
        self.image = next(line.split(": ", 1)[1] for line in text.split("\n") if line.startswith("Loaded image"))
        self.version = self.run("version", "--format", "{{.Client.Version}}")
        self.title = f"Podman {short(self.version)}"

    def reachable(self, path):
        """A copy of a file where podman sees it."""
        copy = os.path.join(self.lab.state, os.path.basename(path))
        shutil.copy(path, copy)
        return copy

    def hold(self, root):
        """A process whose mounts every podman enters: the lab's resolver, no cgroup2 beside version 1."""
        if self.whole:
            command = [os.path.join(HERE, "in-root.sh"), root, "/bin/sh", "-c", "echo up; exec sleep 100000"]
        else:
            script = (
                "if mountpoint -q /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi;"
                'mount --bind "$BENCH_RESOLVER" /etc/resolv.conf; echo up; exec sleep 100000'
            )
            command = ["unshare", "--mount", "--propagation", "slave", "sh", "-c", script]
        holder = subprocess.Popen(
            command, stdout=subprocess.PIPE, env=dict(os.environ, BENCH_RESOLVER=self.lab.resolver)
        )
        if holder.stdout.readline() != b"up\n":
            raise Failed("podman's mounts cannot be made")
        return holder

    def command(self, *arguments):
        arguments = [self.image if argument == "busybox" else argument for argument in arguments]
        program = self.program if not self.whole else "/usr/bin/" + os.path.basename(self.program)
        return [
            "nsenter", f"--net={self.lab.host}", f"--mount=/proc/{self.holder.pid}/ns/mnt", "--wdns=/",
            "/usr/bin/env", "-i", *self.variables, program, "--root", f"{self.lab.state}/podman",
            "--runroot", f"{self.lab.folder}/podman", "--tmpdir", f"{self.lab.folder}/tmp",
            "--storage-driver", "overlay", "--log-level", "error", *arguments,
        ]  # fmt: skip

    def remove(self, *names):
        for first in range(0, len(names), 50):
            self.run("rm", "-f", "-t", "0", *names[first : first + 50], check=False, timeout=600)

    def daemons(self):
        return []

    def resolver(self, network):
        text = self.run("network", "inspect", network)
        return json.loads(text)[0]["subnets"][0]["gateway"]

    def down(self):
        if hasattr(self, "image"):
            self.run("rm", "-a", "-f", "-t", "0", check=False)
        if hasattr(self, "holder"):
            self.holder.kill()
            self.holder.wait()
        self.lab.down()


class API:
    """The Docker API on a kept connection."""

    def __init__(self, path):
        self.connection = http.client.HTTPConnection("engine", timeout=600)
        self.connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.connection.sock.connect(path)

    def request(self, method, path, body=None):
        self.connection.request(
            method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"}
        )
        reply = self.connection.getresponse()
        content = reply.read()
        if reply.status >= 300:
            raise Failed(f"{method} {path}: {reply.status} {content[:200]!r}")
        return json.loads(content) if content[:1] in (b"{", b"[") else content

    def create(self, name, **options):
        body = {"Image": "busybox", "Cmd": ["sleep", "1000"], **options}
        return self.request("POST", f"/containers/create?name={name}", body)["Id"]


def short(version):
    """`28.5` of `28.5.2+dfsg4`."""
    return ".".join(version.split("+")[0].split(".")[:2])


def root_of(program):
    """The folder that a program's /usr lies in."""
    return os.path.abspath(program).partition("/usr/")[0] or "/"


def libraries():
    return f"{ROOT}/usr/lib/x86_64-linux-gnu:{ROOT}/lib/x86_64-linux-gnu"


def wrapper(lab, root, program):
    """A program without arguments that runs another system's program in its root."""
    path = os.path.join(BENCH, f"{lab.name}-daemon")
    inner = program[len(root) :]
    with open(path, "w") as file:
        file.write(f'#!/bin/sh\nBENCH_RESOLVER= exec "{HERE}/in-root.sh" "{root}" "{inner}" "$@"\n')
    os.chmod(path, 0o755)
    return path


class House:
    """All engines of a run: what is there is brought up, and all of it goes again."""

    LEFT = ["/run/docker", "/run/containerd", "/run/containers", "/run/netavark", "/dev/shm/libpod_lock", "/run/libpod"]

    def __init__(self):
        self.had = [path for path in self.LEFT if os.path.exists(path)]
        self.engines = {}
        self.bare = Lab("bare")
        self.missing = []

    def up(self, wanted):
        say("Labs and engines")
        self.bare.down()
        self.bare.up("--no-daemon")
        causeway = Causeway()
        self.bring(causeway)
        causeway.run("save", "-o", Settings.archive, "busybox")
        # The second daemon of the same program comes when the first was weighed: they would share its pages.
        self.later = [Causeway("nftables", "Causeway, nftables", "--firewall-backend=nftables")]
        for engine in [
            Docker("docker", f"{ROOT}/usr/sbin/dockerd"), Podman("podman", f"{ROOT}/usr/bin/podman"),
            *([Docker("docker-new", os.environ["BENCH_DOCKERD"])] if os.environ.get("BENCH_DOCKERD") else []),
            *([Podman("podman-new", os.environ["BENCH_PODMAN"])] if os.environ.get("BENCH_PODMAN") else []),
        ]:  # fmt: skip
            if not wanted or engine.key in wanted:
                self.bring(engine)
        self.later = [engine for engine in self.later if not wanted or engine.key in wanted]

    def complete(self):
        """Brings up what could not be there at first."""
        while self.later:
            self.bring(self.later.pop())

    def bring(self, engine):
        program = getattr(engine, "program", None)
        if program and not os.access(program, os.X_OK):
            return self.lacks(engine, f"{program} is not there")
        engine.lab.down()
        self.engines[engine.key] = engine
        try:
            engine.up()
            print(f"  {engine.title}: {engine.version}", flush=True)
        except (Failed, OSError, StopIteration) as error:
            if isinstance(engine, Causeway):
                raise
            del self.engines[engine.key]
            engine.down()
            self.lacks(engine, str(error))

    def lacks(self, engine, why):
        self.missing.append(f"{engine.key}: {why}")
        print(f"  {engine.key} is left out: {why}", flush=True)

    def __getitem__(self, key):
        return self.engines[key]

    def get(self, *keys):
        """Those of the named engines that are there; a name with an asterisk is every engine that begins so."""
        return [
            engine
            for key in keys
            for engine in self.engines.values()
            if engine.key == key or key.endswith("*") and engine.key.startswith(key[:-1])
        ]

    def down(self):
        say("Taking the labs down")
        for engine in self.engines.values():
            try:
                engine.down()
            except (Failed, OSError, subprocess.TimeoutExpired) as error:
                print(f"  {engine.title}: {error}")
        self.bare.down()
        for path in self.LEFT:
            if path not in self.had and os.path.exists(path):
                shutil.rmtree(path, ignore_errors=True) if os.path.isdir(path) else os.remove(path)
        for folder, _, _ in os.walk("/sys/fs/cgroup", topdown=False):
            if "/libpod_parent" in folder:
                try:
                    os.rmdir(folder)
                except OSError:
                    pass
