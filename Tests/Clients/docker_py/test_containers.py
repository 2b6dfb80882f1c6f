import io
import socket
import struct
import tarfile
import time
import unittest

import docker
from docker.types import Healthcheck, LogConfig, Mount, Ulimit

from support import FOREVER, IMAGE, ClientTest, needs


class ContainerTests(ClientTest):
    def test_run_returns_the_output(self):
        self.assertEqual(self.client.containers.run(IMAGE, "echo hello", remove=True), b"hello\n")

    def test_run_raises_what_the_program_said(self):
        with self.assertRaises(docker.errors.ContainerError) as caught:
            self.client.containers.run(IMAGE, ["sh", "-c", "echo no >&2; exit 7"], remove=True)
        self.assertEqual(caught.exception.exit_status, 7)
        self.assertEqual(caught.exception.stderr, b"no\n")

    def test_run_of_an_unknown_image_is_told_by_its_class(self):
        with self.assertRaises(docker.errors.ImageNotFound):
            self.client.containers.create("no-such-image-here")

    def test_run_of_an_unknown_program_fails_with_its_name(self):
        container = self.create(command=["/no/such/program"])
        with self.assertRaises(docker.errors.APIError) as caught:
            container.start()
        self.assertIn("/no/such/program", caught.exception.explanation)

    def test_names_are_taken_once(self):
        first = self.create(name="py-once")
        with self.assertRaises(docker.errors.APIError) as caught:
            self.client.containers.create(IMAGE, FOREVER, name="py-once")
        self.assertEqual(caught.exception.status_code, 409)
        self.assertIn(f'The container name "/py-once" is already in use by container "{first.id}"',
                      caught.exception.explanation)

    def test_found_by_name_id_and_prefix(self):
        container = self.create(name="py-find")
        for reference in ["py-find", container.id, container.short_id]:
            self.assertEqual(self.client.containers.get(reference).id, container.id)
        with self.assertRaises(docker.errors.NotFound):
            self.client.containers.get("py-nobody")

    def test_list_knows_the_filters(self):
        running = self.run_forever(name="py-list-a", labels={"py.kind": "list", "py.who": "a"}, ports={"80/tcp": None})
        done = self.client.containers.run(IMAGE, ["sh", "-c", "exit 3"], name="py-list-b", detach=True,
                                          labels={"py.kind": "list"})
        self.addCleanup(self.discard, done)
        done.wait()

        def names(**filters):
            return sorted(c.name for c in self.client.containers.list(
                all=True, filters={"label": "py.kind=list", **filters}))

        self.assertEqual(names(), ["py-list-a", "py-list-b"])
        self.assertEqual(names(status="exited"), ["py-list-b"])
        self.assertEqual(names(status=["running", "exited"]), ["py-list-a", "py-list-b"])
        self.assertEqual(names(exited=3), ["py-list-b"])
        self.assertEqual(names(exited=0), [])
        self.assertEqual(names(name="list-a"), ["py-list-a"])
        self.assertEqual(names(name="^/py-list-a$"), ["py-list-a"])
        self.assertEqual(names(id=running.id), ["py-list-a"])
        self.assertEqual(names(label=["py.kind=list", "py.who"]), ["py-list-a"])
        self.assertEqual(names(ancestor=IMAGE), ["py-list-a", "py-list-b"])
        self.assertEqual(names(network="bridge"), ["py-list-a", "py-list-b"])
        self.assertEqual(names(before="py-list-b"), ["py-list-a"])
        self.assertEqual(names(since="py-list-a"), ["py-list-b"])
        self.assertEqual(names(expose="80"), ["py-list-a"])
        self.assertEqual(names(expose="1-100/tcp"), ["py-list-a"])
        self.assertEqual(names(expose="80/udp"), [])
        port = self.client.containers.get("py-list-a").ports["80/tcp"][0]["HostPort"]
        self.assertEqual(names(publish=port), ["py-list-a"])
        self.assertEqual(names(health="none"), ["py-list-a", "py-list-b"])
        self.assertEqual(names(**{"is-task": "true"}), [])
        with self.assertRaises(docker.errors.APIError) as caught:
            names(nonsense="x")
        self.assertEqual(caught.exception.status_code, 400)

    def test_list_limits(self):
        self.create(name="py-limit-a")
        second = self.create(name="py-limit-b")
        self.assertEqual([c.id for c in self.client.containers.list(limit=1)], [second.id])

    def test_logs_are_framed_apart(self):
        container = self.client.containers.run(
            IMAGE, ["sh", "-c", "echo out; echo err >&2; echo again"], detach=True)
        self.addCleanup(self.discard, container)
        container.wait()
        self.assertEqual(container.logs(stdout=True, stderr=False), b"out\nagain\n")
        self.assertEqual(container.logs(stdout=False, stderr=True), b"err\n")
        self.assertEqual(len(container.logs(tail=2).splitlines()), 2)
        self.assertEqual(container.logs(since=int(time.time()) + 100), b"")
        line = container.logs(stderr=False, timestamps=True).splitlines()[0]
        self.assertRegex(line, rb"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z out$")

    def test_logs_follow_to_the_end(self):
        container = self.client.containers.run(
            IMAGE, ["sh", "-c", "for i in 1 2 3; do echo $i; sleep 0.1; done"], detach=True)
        self.addCleanup(self.discard, container)
        self.assertEqual(b"".join(container.logs(stream=True, follow=True)), b"1\n2\n3\n")

    def test_logs_of_a_terminal_are_raw(self):
        container = self.client.containers.run(IMAGE, ["echo", "hi"], tty=True, detach=True)
        self.addCleanup(self.discard, container)
        container.wait()
        self.assertEqual(container.logs(), b"hi\r\n")

    def test_logs_without_a_log_are_refused(self):
        container = self.run_forever(log_config=LogConfig(type="none"))
        with self.assertRaises(docker.errors.APIError) as caught:
            container.logs()
        self.assertIn("does not support reading", caught.exception.explanation)

    def test_attach_carries_input_and_its_end(self):
        container = self.create(command=["sh", "-c", "wc -c; echo done >&2"], stdin_open=True)
        sock = container.attach_socket(params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
        container.start()
        sock._sock.sendall(b"12345\n")
        sock._sock.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := sock._sock.recv(4096):
            received += chunk
        frames = []
        while received:
            stream, length = struct.unpack(">BxxxI", received[:8])
            frames.append((stream, received[8:8 + length]))
            received = received[8 + length:]
        self.assertEqual(sorted(frames), [(1, b"6\n"), (2, b"done\n")])
        sock.close()

    def test_attach_streams_the_output(self):
        container = self.create(command=["sh", "-c", "echo one; echo two"])
        stream = container.attach(stream=True, stdout=True, stderr=True)
        container.start()
        self.assertEqual(b"".join(stream), b"one\ntwo\n")

    def test_wait_gives_the_exit_code(self):
        container = self.client.containers.run(IMAGE, ["sh", "-c", "exit 5"], detach=True)
        self.addCleanup(self.discard, container)
        self.assertEqual(container.wait()["StatusCode"], 5)
        self.assertEqual(container.wait(condition="not-running")["StatusCode"], 5)

    def test_wait_for_the_removal(self):
        container = self.client.containers.run(IMAGE, ["sh", "-c", "sleep 0.5; exit 4"], detach=True, remove=True)
        self.assertEqual(container.wait(condition="removed")["StatusCode"], 4)
        with self.assertRaises(docker.errors.NotFound):
            container.reload()

    def test_wait_runs_into_its_time_out(self):
        container = self.run_forever()
        with self.assertRaises(Exception) as caught:
            container.wait(timeout=1)
        self.assertIn("timed out", str(caught.exception).lower())

    def test_stop_start_restart_kill(self):
        container = self.run_forever(command=["sh", "-c", "trap 'exit 9' TERM; while :; do sleep 0.1; done"])
        container.stop(timeout=10)
        container.reload()
        self.assertEqual((container.status, container.attrs["State"]["ExitCode"]), ("exited", 9))
        container.start()
        container.restart(timeout=10)
        container.reload()
        self.assertEqual(container.status, "running")
        container.kill()
        self.assertEqual(container.wait()["StatusCode"], 137)
        with self.assertRaises(docker.errors.APIError) as caught:
            container.kill()
        self.assertEqual(caught.exception.status_code, 409)

    def test_kill_with_other_signals(self):
        container = self.run_forever(command=["sh", "-c", "trap 'exit 3' HUP; while :; do sleep 0.1; done"])
        time.sleep(0.3)
        container.kill(signal="HUP")
        self.assertEqual(container.wait()["StatusCode"], 3)

    def test_pause_and_unpause(self):
        container = self.run_forever()
        container.pause()
        container.reload()
        self.assertEqual((container.status, container.attrs["State"]["Paused"]), ("paused", True))
        container.unpause()
        container.reload()
        self.assertEqual(container.status, "running")

    def test_rename(self):
        container = self.create(name="py-old")
        container.rename("py-new")
        container.reload()
        self.assertEqual(container.name, "py-new")
        self.create(name="py-old")

    def test_removal_needs_force_while_it_runs(self):
        container = self.run_forever()
        with self.assertRaises(docker.errors.APIError) as caught:
            container.remove()
        self.assertEqual(caught.exception.status_code, 409)
        container.remove(force=True)
        with self.assertRaises(docker.errors.NotFound):
            container.reload()

    def test_top(self):
        container = self.run_forever()
        top = container.top()
        self.assertIn("PID", top["Titles"])
        self.assertEqual(len(top["Processes"]), 1)
        self.assertIn("sleep 1000", " ".join(top["Processes"][0]))
        self.assertEqual(container.top(ps_args="-o pid,comm")["Titles"], ["PID", "COMMAND"])

    def test_stats_once(self):
        container = self.run_forever(mem_limit="64m")
        stats = container.stats(stream=False)
        self.assertEqual(stats["id"], container.id)
        self.assertEqual(stats["name"], "/" + container.name)
        self.assertGreater(stats["cpu_stats"]["system_cpu_usage"], stats["precpu_stats"]["system_cpu_usage"])
        self.assertEqual(stats["memory_stats"]["limit"], 64 << 20)
        self.assertGreater(stats["memory_stats"]["usage"], 0)
        self.assertEqual(stats["pids_stats"]["current"], 1)
        self.assertEqual(list(stats["networks"]), ["eth0"])

    def test_stats_count_what_is_received(self):
        container = self.run_forever()
        self.client.containers.run(
            IMAGE, ["ping", "-c", "3", "-i", "0.2", container_address(container)], remove=True)
        stats = container.stats(stream=False)
        self.assertGreaterEqual(stats["networks"]["eth0"]["rx_packets"], 3)
        self.assertGreaterEqual(stats["networks"]["eth0"]["tx_bytes"], 3 * 84)

    def test_stats_stream(self):
        container = self.run_forever(command=["sh", "-c", "while :; do :; done"], nano_cpus=500_000_000)
        stream = container.stats(stream=True, decode=True)
        next(stream)
        stats = next(stream)
        used = stats["cpu_stats"]["cpu_usage"]["total_usage"] - stats["precpu_stats"]["cpu_usage"]["total_usage"]
        self.assertGreater(used, 100_000_000)
        self.assertLess(used, 900_000_000)
        stream.close()

    def test_stats_of_a_stopped_container_are_empty(self):
        container = self.create()
        self.assertEqual(container.stats(stream=False)["memory_stats"], {})

    def test_update_changes_limits_while_it_runs(self):
        container = self.run_forever(mem_limit="32m", memswap_limit="64m")
        container.update(mem_limit="48m", cpu_shares=512)
        container.reload()
        self.assertEqual(container.attrs["HostConfig"]["Memory"], 48 << 20)
        self.assertEqual(container.attrs["HostConfig"]["CpuShares"], 512)
        self.assertEqual(container.stats(stream=False)["memory_stats"]["limit"], 48 << 20)

    def test_update_changes_the_restart_policy(self):
        container = self.run_forever()
        container.update(restart_policy={"Name": "on-failure", "MaximumRetryCount": 2})
        container.reload()
        self.assertEqual(container.attrs["HostConfig"]["RestartPolicy"],
                         {"Name": "on-failure", "MaximumRetryCount": 2})

    def test_restart_policy_gives_up(self):
        container = self.client.containers.run(
            IMAGE, ["sh", "-c", "exit 1"], detach=True, restart_policy={"Name": "on-failure", "MaximumRetryCount": 2})
        self.addCleanup(self.discard, container)
        self.assertEqual(container.wait()["StatusCode"], 1)
        for _ in range(100):
            container.reload()
            if container.status == "exited":
                break
            time.sleep(0.05)
        self.assertEqual((container.status, container.attrs["RestartCount"]), ("exited", 2))

    def test_health(self):
        container = self.create(
            command=["sh", "-c", "sleep 0.5; touch /up; sleep 1000"],
            healthcheck=Healthcheck(test=["CMD-SHELL", "test -e /up && echo fine"], interval=200_000_000,
                                    timeout=5_000_000_000, retries=100))
        actions = self.events_of(container, container.start, "health_status")
        self.assertEqual(actions[-1], "health_status: healthy")
        self.assertIn("exec_create: /bin/sh -c test -e /up && echo fine", actions)
        container.reload()
        self.assertEqual(container.health, "healthy")
        health = container.attrs["State"]["Health"]
        self.assertEqual((health["FailingStreak"], health["Log"][-1]["Output"]), (0, "fine\n"))
        self.assertLessEqual(len(health["Log"]), 5)
        self.assertEqual([c.id for c in self.client.containers.list(filters={"health": "healthy"})], [container.id])

    def test_settings_come_back(self):
        container = self.create(
            environment={"A": "1"}, working_dir="/tmp", user="1000", hostname="aussie", domainname="example.com",
            labels={"k": "v"}, cap_add=["NET_ADMIN"], cap_drop=["MKNOD"], dns=["203.0.113.53"], dns_search=["a.test"],
            extra_hosts={"db": "203.0.113.9"}, ulimits=[Ulimit(name="nofile", soft=512, hard=1024)],
            tmpfs={"/scratch": "size=1m"}, read_only=True, shm_size="8m", sysctls={"net.core.somaxconn": "256"},
            stop_signal="SIGINT", security_opt=["no-new-privileges"], oom_score_adj=100, group_add=["7"],
            log_config=LogConfig(type="json-file", config={"max-size": "1m"}))
        config, host = container.attrs["Config"], container.attrs["HostConfig"]
        self.assertIn("A=1", config["Env"])
        self.assertEqual((config["WorkingDir"], config["User"], config["Hostname"]), ("/tmp", "1000", "aussie"))
        self.assertEqual((config["StopSignal"], config["Labels"]), ("SIGINT", {"k": "v"}))
        self.assertEqual((host["CapAdd"], host["CapDrop"]), (["NET_ADMIN"], ["MKNOD"]))
        self.assertEqual((host["Dns"], host["ExtraHosts"]), (["203.0.113.53"], ["db:203.0.113.9"]))
        self.assertEqual(host["Ulimits"], [{"Name": "nofile", "Soft": 512, "Hard": 1024}])
        self.assertEqual((host["ShmSize"], host["ReadonlyRootfs"]), (8 << 20, True))
        self.assertEqual(host["LogConfig"], {"Type": "json-file", "Config": {"max-size": "1m"}})

    def test_init_is_the_first_process(self):
        container = self.run_forever(init=True)
        code, output = container.exec_run(["cat", "/proc/1/cmdline"])
        self.assertTrue(output.startswith(b"/sbin/docker-init\0--\0sleep"), output)
        self.assertTrue(container.attrs["HostConfig"]["Init"])

    def test_ports_are_published(self):
        container = self.run_forever(command=["sh", "-c", "while :; do echo hi | nc -l -p 80; done"],
                                     ports={"80/tcp": None})
        container.reload()
        port = int(container.ports["80/tcp"][0]["HostPort"])
        self.assertEqual(fetch(port), b"hi\n")

    def test_mounts_of_the_host(self):
        container = self.create(
            mounts=[Mount("/data", "/etc", type="bind", read_only=True), Mount("/fast", None, type="tmpfs")])
        self.assertIn(("bind", "/data", False), mounts(container))

    @needs("POST /volumes/create")
    def test_mounts_of_memory_are_listed(self):
        container = self.create(mounts=[Mount("/fast", None, type="tmpfs")])
        self.assertEqual(mounts(container), [("tmpfs", "/fast", True)])

    def test_prune_removes_what_does_not_run(self):
        running = self.run_forever(labels={"py.prune": "1"})
        spared = self.create(labels={"py.prune": "1", "py.keep": "1"})
        done = self.create(labels={"py.prune": "1"})
        pruned = self.client.containers.prune(filters={"label": ["py.prune=1"], "label!": ["py.keep"]})
        self.assertEqual(pruned["ContainersDeleted"], [done.id])
        running.reload()
        spared.reload()

    def test_events_of_a_life(self):
        container = self.create(name="py-events")

        def live():
            container.start()
            container.stop(timeout=0)
            container.remove()

        self.assertEqual(
            [a for a in self.events_of(container, live, "destroy", type="container")],
            ["start", "kill", "kill", "die", "stop", "destroy"])

    def test_events_of_the_past(self):
        begin = time.time()
        container = self.create(name="py-past")
        container.remove()
        events = list(self.client.events(
            since=begin, until=time.time(), decode=True, filters={"container": "py-past", "event": ["create", "destroy"]}))
        self.assertEqual([e["Action"] for e in events], ["create", "destroy"])
        self.assertEqual(events[0]["Actor"]["Attributes"]["image"], IMAGE)
        self.assertEqual((events[0]["status"], events[0]["id"], events[0]["from"]), ("create", container.id, IMAGE))

    def test_resize(self):
        container = self.run_forever(tty=True, command=["sh", "-c", "sleep 0.5; stty size; sleep 1000"])
        container.resize(height=33, width=77)
        line = b""
        for piece in container.logs(stream=True, follow=True):
            line += piece
            if line.endswith(b"\n"):
                break
        self.assertEqual(line, b"33 77\r\n")


def mounts(container):
    return sorted((m["Type"], m["Destination"], m["RW"]) for m in container.attrs["Mounts"])


def container_address(container):
    container.reload()
    return container.attrs["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]


def fetch(port):
    for _ in range(100):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
                data = b""
                while chunk := sock.recv(4096):
                    data += chunk
                if data:
                    return data
        except OSError:
            pass
        time.sleep(0.05)
    return b""


class ArchiveTests(ClientTest):
    @needs("PUT /containers/{id}/archive", "GET /containers/{id}/archive")
    def test_files_go_in_and_come_out(self):
        container = self.create(command=["cat", "/tmp/in"])
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            entry = tarfile.TarInfo("in")
            entry.size = 5
            tar.addfile(entry, io.BytesIO(b"hello"))
        self.assertTrue(container.put_archive("/tmp", buffer.getvalue()))
        container.start()
        container.wait()
        self.assertEqual(container.logs(), b"hello")
        chunks, stat = container.get_archive("/tmp/in")
        self.assertEqual((stat["name"], stat["size"]), ("in", 5))
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
            self.assertEqual(tar.extractfile("in").read(), b"hello")

    @needs("GET /containers/{id}/changes", "GET /containers/{id}/export")
    def test_changes_and_export(self):
        container = self.create(command=["touch", "/new"])
        container.start()
        container.wait()
        self.assertIn({"Path": "/new", "Kind": 1}, container.diff())
        with tarfile.open(fileobj=io.BytesIO(b"".join(container.export()))) as tar:
            self.assertIn("new", [name.lstrip("./") for name in tar.getnames()])

    @needs("POST /commit")
    def test_commit_makes_an_image(self):
        container = self.create(command=["sh", "-c", "echo kept > /kept"])
        container.start()
        container.wait()
        image = container.commit(repository="py-commit", tag="1")
        self.addCleanup(self.quietly, lambda: self.client.images.remove("py-commit:1"))
        self.assertIn("py-commit:1", image.tags)
        self.assertEqual(self.client.containers.run("py-commit:1", ["cat", "/kept"], remove=True), b"kept\n")


if __name__ == "__main__":
    unittest.main()
