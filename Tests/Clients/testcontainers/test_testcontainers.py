import socket
import time
import unittest

from testcontainers.core.container import DockerContainer
from testcontainers.core.waiting_utils import wait_for_logs

SERVE = "sh -c 'echo ready; while :; do echo hello | nc -l -p 80; done'"


class TestcontainersTests(unittest.TestCase):
    def test_a_container_and_its_port(self):
        with DockerContainer("busybox").with_command(SERVE).with_exposed_ports(80).with_env("A", "1") as container:
            wait_for_logs(container, "ready", timeout=20)
            host, port = container.get_container_host_ip(), int(container.get_exposed_port(80))
            self.assertEqual(fetch(host, port), b"hello\n")
            self.assertEqual(container.exec(["sh", "-c", "echo $A"]).output, b"1\n")
            wrapped = container.get_wrapped_container()
        with self.assertRaises(Exception):
            wrapped.reload()


def fetch(host, port):
    for _ in range(100):
        try:
            with socket.create_connection((host, port), timeout=5) as sock:
                if data := sock.recv(4096):
                    return data
        except OSError:
            pass
        time.sleep(0.05)
    return b""


if __name__ == "__main__":
    unittest.main()
