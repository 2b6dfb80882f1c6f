"""What the tests of docker-py share: a client, and objects that are gone after each test."""

import pathlib
import threading
import unittest

import docker

IMAGE = "busybox"
FOREVER = ["sleep", "1000"]


API = (pathlib.Path(__file__).parents[3] / "docs" / "api.md").read_text()


def needs(*operations):
    """Skips what needs operations that the engine does not have yet, by its own table (which a test holds to it)."""
    missing = [o for o in operations if not any(f"`{o}`" in l and "| served |" in l for l in API.splitlines())]
    return unittest.skipIf(missing, f"not built yet: {', '.join(missing)}")


class ClientTest(unittest.TestCase):
    def setUp(self):
        self.client = docker.from_env(version="auto", timeout=60)
        self.api = self.client.api
        self.addCleanup(self.client.close)

    def run_forever(self, **options):
        """A running container that is removed after the test."""
        container = self.client.containers.run(IMAGE, options.pop("command", FOREVER), detach=True, **options)
        self.addCleanup(self.discard, container)
        return container

    def create(self, **options):
        """A container that is removed after the test."""
        container = self.client.containers.create(IMAGE, options.pop("command", FOREVER), **options)
        self.addCleanup(self.discard, container)
        return container

    def network(self, name, **options):
        """A network that is removed after the test."""
        network = self.client.networks.create(name, **options)
        self.addCleanup(self.quietly, network.remove)
        return network

    def discard(self, container):
        self.quietly(lambda: container.remove(force=True, v=True))

    @staticmethod
    def quietly(body):
        try:
            body()
        except docker.errors.APIError:
            pass

    def events_of(self, container, body, until, **filters):
        """The actions that a container's events name while `body` runs, up to the one called `until`."""
        stream = self.client.events(decode=True, filters={"container": container.id, **filters})
        actions = []
        begun = threading.Event()

        def listen():
            begun.set()
            for event in stream:
                actions.append(event["Action"])
                if event["Action"].startswith(until):
                    return

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        begun.wait()
        body()
        listener.join(20)
        stream.close()
        return actions
