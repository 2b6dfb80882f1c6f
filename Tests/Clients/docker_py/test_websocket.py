import os
import socket
import threading
import unittest

import docker
import websocket

from support import ClientTest

ENGINE = os.environ["DOCKER_HOST"].removeprefix("unix://")
ALL = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}


def pipe(source, target):
    """Carries bytes one way until their end."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class WebSocketTests(ClientTest):
    def tcp(self):
        """An address of TCP that leads to the engine's socket: docker-py asks for WebSockets there only."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def serve():
            try:
                while True:
                    client, _ = listener.accept()
                    engine = socket.socket(socket.AF_UNIX)
                    engine.connect(ENGINE)
                    for pair in [(client, engine), (engine, client)]:
                        threading.Thread(target=pipe, args=pair, daemon=True).start()
            except OSError:
                pass

        threading.Thread(target=serve, daemon=True).start()
        return f"tcp://127.0.0.1:{listener.getsockname()[1]}"

    def test_attach_over_tcp(self):
        container = self.create(command=["sh", "-c", "read line; echo got $line"], stdin_open=True)
        remote = docker.DockerClient(base_url=self.tcp(), version="auto")
        self.addCleanup(remote.close)
        connection = remote.api.attach_socket(container.id, ALL, ws=True)
        container.start()
        connection.send("hello\n")
        self.assertEqual(connection.recv(), b"got hello\n")
        # The end of the process is the end of the connection, said as RFC 6455 has it.
        opcode, payload = connection.recv_data()
        self.assertEqual((opcode, payload), (websocket.ABNF.OPCODE_CLOSE, b"\x03\xe8"))
        connection.close()

    def over_unix(self, container):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(20)
        sock.connect(ENGINE)
        return websocket.create_connection(
            f"ws://docker/v1.51/containers/{container.id}/attach/ws?stdin=1&stdout=1&stderr=1&stream=1", socket=sock)

    def test_attach_over_the_unix_socket(self):
        # Detached: the end of the first attachment would be the end of its input, else.
        container = self.create(command=["cat"], stdin_open=True, detach=True)
        connection = self.over_unix(container)
        container.start()
        # A frame of every kind of length, echoed whole.
        for size in [1, 125, 126, 65535, 65536, 200_000]:
            connection.send_binary(b"x" * (size - 1) + b"\n")
            received = b""
            while len(received) < size:
                received += connection.recv()
            self.assertEqual(received, b"x" * (size - 1) + b"\n")
        connection.ping(b"are you there")
        opcode, payload = connection.recv_data(control_frame=True)
        self.assertEqual((opcode, payload), (websocket.ABNF.OPCODE_PONG, b"are you there"))
        connection.close()
        container.reload()
        self.assertEqual(container.status, "running")

    def test_what_is_no_opening_is_refused(self):
        container = self.create()
        response = self.api.get(self.api._url("/containers/{0}/attach/ws", container.id))
        self.assertEqual(response.status_code, 400)


if __name__ == "__main__":
    unittest.main()
