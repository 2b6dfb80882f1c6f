import unittest

import docker
from docker.types import IPAMConfig, IPAMPool

from support import FOREVER, IMAGE, ClientTest


class NetworkTests(ClientTest):
    def test_the_three_that_are_always_there(self):
        self.assertLessEqual({"bridge", "host", "none"}, {n.name for n in self.client.networks.list()})

    def test_create_inspect_remove(self):
        network = self.network("py-net", labels={"a": "b"}, internal=True, attachable=True)
        found = self.client.networks.get("py-net")
        self.assertEqual(found.id, network.id)
        self.assertEqual((found.attrs["Driver"], found.attrs["Internal"], found.attrs["Attachable"]),
                         ("bridge", True, True))
        self.assertEqual(found.attrs["Labels"], {"a": "b"})
        self.assertEqual([n.id for n in self.client.networks.list(names=["py-net"])], [network.id])
        self.assertEqual([n.id for n in self.client.networks.list(filters={"label": "a=b"})], [network.id])
        network.remove()
        with self.assertRaises(docker.errors.NotFound):
            self.client.networks.get("py-net")

    def test_names_are_taken_once(self):
        self.network("py-twice")
        with self.assertRaises(docker.errors.APIError) as caught:
            self.client.networks.create("py-twice")
        self.assertEqual(caught.exception.status_code, 409)
        self.assertIn("network with name py-twice already exists", caught.exception.explanation)

    def test_own_addresses(self):
        pool = IPAMPool(subnet="198.51.100.64/26", gateway="198.51.100.65")
        network = self.network("py-ipam", ipam=IPAMConfig(pool_configs=[pool]))
        container = self.create()
        network.connect(container, ipv4_address="198.51.100.80")
        container.start()
        container.reload()
        endpoint = container.attrs["NetworkSettings"]["Networks"]["py-ipam"]
        self.assertEqual((endpoint["IPAddress"], endpoint["Gateway"]), ("198.51.100.80", "198.51.100.65"))

    def test_connect_and_disconnect_while_it_runs(self):
        network = self.network("py-live")
        container = self.run_forever()
        network.connect(container, aliases=["called"])
        network.reload()
        self.assertEqual([c.id for c in network.containers], [container.id])
        self.assertIn("called", self.client.containers.get(container.id).attrs["NetworkSettings"]["Networks"]
                      ["py-live"]["Aliases"])
        with self.assertRaises(docker.errors.APIError):
            network.remove()
        network.disconnect(container)
        network.reload()
        self.assertEqual(network.containers, [])

    def test_neighbours_find_each_other_by_name(self):
        self.network("py-names")
        self.run_forever(name="py-server", network="py-names")
        output = self.client.containers.run(
            IMAGE, ["ping", "-c", "1", "-W", "2", "py-server"], network="py-names", remove=True)
        self.assertIn(b"1 packets received", output)

    def test_prune(self):
        self.network("py-unused", labels={"py.prune": "net"})
        pruned = self.client.networks.prune(filters={"label": "py.prune=net"})
        self.assertEqual(pruned["NetworksDeleted"], ["py-unused"])

    def test_swarm_is_refused_in_known_words(self):
        with self.assertRaises(docker.errors.APIError) as caught:
            self.client.swarm.leave(force=False)
        self.assertEqual(caught.exception.status_code, 503)
        self.assertIn("This node is not part of a swarm", caught.exception.explanation)
        # What docker-py's own tests end with.
        self.assertTrue(self.client.swarm.leave(force=True))


if __name__ == "__main__":
    unittest.main()
