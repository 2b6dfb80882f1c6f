import unittest

import docker
from docker.types import Mount

from support import IMAGE, ClientTest, needs


@needs("POST /volumes/create", "GET /volumes/{name}", "DELETE /volumes/{name}", "POST /volumes/prune")
class VolumeTests(ClientTest):
    def volume(self, name, **options):
        volume = self.client.volumes.create(name, **options)
        self.addCleanup(self.quietly, lambda: volume.remove(force=True))
        return volume

    def test_create_inspect_remove(self):
        volume = self.volume("py-vol", labels={"a": "b"})
        found = self.client.volumes.get("py-vol")
        self.assertEqual((found.attrs["Driver"], found.attrs["Labels"], found.attrs["Scope"]),
                         ("local", {"a": "b"}, "local"))
        self.assertEqual([v.id for v in self.client.volumes.list(filters={"label": "a=b"})], ["py-vol"])
        volume.remove()
        with self.assertRaises(docker.errors.NotFound):
            self.client.volumes.get("py-vol")

    def test_what_is_written_stays(self):
        self.volume("py-kept")
        mount = Mount("/data", "py-kept")
        self.client.containers.run(IMAGE, ["sh", "-c", "echo hello > /data/file"], mounts=[mount], remove=True)
        self.assertEqual(
            self.client.containers.run(IMAGE, ["cat", "/data/file"], remove=True,
                                       volumes={"py-kept": {"bind": "/data", "mode": "ro"}}), b"hello\n")

    def test_one_in_use_stays(self):
        volume = self.volume("py-used")
        self.create(mounts=[Mount("/data", "py-used")])
        with self.assertRaises(docker.errors.APIError) as caught:
            volume.remove()
        self.assertEqual(caught.exception.status_code, 409)

    def test_prune(self):
        self.volume("py-unused", labels={"py.prune": "volume"})
        pruned = self.client.volumes.prune(filters={"label": "py.prune=volume", "all": "true"})
        self.assertEqual(pruned["VolumesDeleted"], ["py-unused"])


if __name__ == "__main__":
    unittest.main()
