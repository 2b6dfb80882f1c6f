"""What is measured with: times, memory, network namespaces, kernel counts."""

import ctypes
import os
import random
import socket
import statistics
import struct
import subprocess
import threading
import time

CLONE_NEWNET = 0x40000000


def say(text):
    """A step's headline."""
    print(f"▸ {text}", flush=True)


def progress(text):
    """Says how far a long step is; on a terminal in one line."""
    end = "\r" if os.isatty(1) else "\n"
    print(f"  {text:<70}", end=end, flush=True)


class Failed(Exception):
    """A command that a measurement needs did not succeed."""


def run(command, check=True, env=None, timeout=300, stdin=None):
    """Runs a command and returns what it prints."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, timeout=timeout, input=stdin, text=True
    )
    if check and done.returncode:
        raise Failed(f"{' '.join(command)[:200]}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def timed(command, env=None, timeout=300):
    """Milliseconds that a command takes, its output thrown away."""
    begin = time.perf_counter()
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env, timeout=timeout, stdin=subprocess.DEVNULL
    )
    elapsed = (time.perf_counter() - begin) * 1000
    if done.returncode:
        raise Failed(f"{' '.join(command)[:200]}: {done.stderr.decode(errors='replace').strip()[-300:]}")
    return elapsed


def mixed(items, turn):
    """The same in another order each turn but the first, and in the same one each run: nobody always comes after the same
    other, whose cleaning up may still be under way."""
    return random.Random(turn).sample(items, len(items)) if turn > 0 else items


def median(values):
    return statistics.median(values)


# Network namespaces


def inside(path, body):
    """Runs body() on a thread inside a network namespace; sockets that it opens stay there."""
    result = []

    def work():
        libc = ctypes.CDLL(None, use_errno=True)
        descriptor = os.open(path, os.O_RDONLY)
        try:
            if libc.setns(descriptor, CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns", path)
            result.append(body())
        except BaseException as error:  # handed to the caller
            result.append(error)
        finally:
            os.close(descriptor)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if isinstance(result[0], BaseException):
        raise result[0]
    return result[0]


def answers_tcp(namespace, address, port, patience=3.0):
    """Whether somebody accepts connections there within some seconds, seen from a namespace."""
    end = time.monotonic() + patience
    while True:
        probe = inside(namespace, lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        with probe:
            probe.settimeout(1)
            try:
                probe.connect((address, port))
                return True
            except OSError:
                if time.monotonic() > end:
                    return False
        time.sleep(0.02)


class Echo:
    """ICMP echoes from one namespace to one address."""

    def __init__(self, namespace, address):
        self.socket = inside(
            namespace, lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        )
        self.socket.connect((address, 0))
        self.sequence = 0

    def wait(self, patience=10.0):
        """Sends one every 2 ms until one is answered."""
        end = time.monotonic() + patience
        self.socket.settimeout(0.002)
        while time.monotonic() < end:
            self.sequence = self.sequence % 65535 + 1
            packet = struct.pack("!BBHHH", 8, 0, 0, 0x6377, self.sequence)
            total = sum(struct.unpack("!4H", packet))
            checksum = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
            packet = packet[:2] + struct.pack("!H", checksum) + packet[4:]
            try:
                self.socket.send(packet)
                while True:
                    reply = self.socket.recv(256)
                    if reply[20] == 0 and reply[24:26] == b"\x63\x77":
                        return
            except (TimeoutError, OSError):
                continue
        raise Failed("no echo was answered")

    def close(self):
        self.socket.close()


# Memory


def processes(namespace):
    """The processes in a network namespace."""
    inode = os.stat(namespace).st_ino
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if os.stat(f"/proc/{entry}/ns/net").st_ino == inode:
                    found.append(int(entry))
            except OSError:
                pass
    return found


def proportional(pids):
    """MiB that processes hold, shared pages counted once (PSS)."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        except OSError:
            pass
    return total / 1024


# Counts


class Tracer:
    """Counts system calls, new processes and programs, of processes that run and of all that they start."""

    def __init__(self, pids, folder, name):
        self.file = os.path.join(folder, f"strace.{name}")
        command = ["strace", "-f", "-qq", "--signal=none", "-o", self.file]
        for pid in pids:
            command += ["-p", str(pid)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wanted = {int(task) for pid in pids for task in os.listdir(f"/proc/{pid}/task")}
        end = time.monotonic() + 10
        while time.monotonic() < end and not all(self.traces(task) for task in wanted):
            time.sleep(0.01)

    def traces(self, task):
        try:
            with open(f"/proc/{task}/status") as file:
                return f"TracerPid:\t{self.process.pid}\n" in file.read()
        except OSError:
            return True

    def finish(self):
        self.process.terminate()
        self.process.wait()
        return count(self.file)


def count(path):
    """(system calls, processes made, programs run) of strace's record."""
    calls = made = programs = 0
    with open(path, errors="replace") as file:
        for line in file:
            call = line.split(None, 1)[-1]
            if "resumed>" in call or call.startswith(("+++", "---", "<...")):
                if "resumed>" in call and call.startswith(("<... clone", "<... fork", "<... vfork")):
                    made += 1 if " = -1" not in call and "CLONE_THREAD" not in call else 0
                if call.startswith("<... execve"):
                    programs += 1 if " = 0" in call else 0
                continue
            calls += 1
            unfinished = "<unfinished" in call
            if call.startswith(("clone(", "clone3(", "fork(", "vfork(")) and not unfinished:
                made += 0 if "CLONE_THREAD" in call or " = -1" in call else 1
            if call.startswith("execve(") and not unfinished:
                programs += 1 if " = 0" in call else 0
    os.remove(path)
    return calls, made, programs
