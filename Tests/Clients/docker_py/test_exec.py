import socket
import unittest

import docker

from support import ClientTest


class ExecTests(ClientTest):
    def test_output_and_exit_code(self):
        container = self.run_forever()
        code, output = container.exec_run(["sh", "-c", "echo out; exit 4"])
        self.assertEqual((code, output), (4, b"out\n"))

    def test_outputs_apart(self):
        container = self.run_forever()
        code, (out, err) = container.exec_run(["sh", "-c", "echo out; echo err >&2"], demux=True)
        self.assertEqual((code, out, err), (0, b"out\n", b"err\n"))

    def test_output_as_it_comes(self):
        container = self.run_forever()
        code, stream = container.exec_run(["sh", "-c", "echo 1; sleep 0.2; echo 2"], stream=True)
        self.assertIsNone(code)
        self.assertEqual(b"".join(stream), b"1\n2\n")

    def test_surroundings(self):
        container = self.run_forever(environment={"OWN": "1"})
        code, output = container.exec_run(
            ["sh", "-c", "echo $OWN $MORE $(pwd) $(id -u)"], environment={"MORE": "2"}, workdir="/tmp", user="1000")
        self.assertEqual((code, output), (0, b"1 2 /tmp 1000\n"))

    def test_terminal(self):
        container = self.run_forever()
        code, output = container.exec_run(["tty"], tty=True)
        self.assertEqual(code, 0)
        self.assertRegex(output, rb"^/dev/pts/\d+\r\n$")

    def test_input_over_the_socket(self):
        container = self.run_forever()
        made = self.api.exec_create(container.id, ["cat"], stdin=True)
        sock = self.api.exec_start(made["Id"], socket=True)
        sock._sock.sendall(b"through\n")
        sock._sock.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := sock._sock.recv(4096):
            received += chunk
        self.assertEqual(received, b"\x01\0\0\0\0\0\0\x08through\n")
        sock.close()
        self.assertEqual(self.api.exec_inspect(made["Id"])["ExitCode"], 0)

    def test_detached(self):
        container = self.run_forever()
        container.exec_run(["touch", "/there"], detach=True)
        for _ in range(50):
            if container.exec_run(["test", "-e", "/there"]).exit_code == 0:
                return
        self.fail("the detached process did nothing")

    def test_inspect(self):
        container = self.run_forever()
        made = self.api.exec_create(container.id, ["sh", "-c", "exit 3"], tty=False, user="0")
        before = self.api.exec_inspect(made["Id"])
        self.assertEqual((before["Running"], before["ExitCode"], before["ContainerID"]), (False, None, container.id))
        self.api.exec_start(made["Id"])
        after = self.api.exec_inspect(made["Id"])
        self.assertEqual((after["Running"], after["ExitCode"]), (False, 3))
        self.assertEqual(after["ProcessConfig"]["entrypoint"], "sh")
        with self.assertRaises(docker.errors.NotFound):
            self.api.exec_inspect("0" * 64)

    def test_not_in_what_does_not_run(self):
        container = self.create()
        with self.assertRaises(docker.errors.APIError) as caught:
            container.exec_run(["true"])
        self.assertEqual(caught.exception.status_code, 409)

    def test_unknown_program(self):
        container = self.run_forever()
        code, output = container.exec_run(["/no/such"])
        self.assertEqual(code, 127)
        self.assertIn(b"/no/such", output)

    def test_events(self):
        container = self.run_forever()
        actions = self.events_of(container, lambda: container.exec_run(["echo", "hi"]), "exec_die")
        self.assertEqual(actions, ["exec_create: echo hi", "exec_start: echo hi", "exec_die"])


if __name__ == "__main__":
    unittest.main()
