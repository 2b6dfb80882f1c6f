import io
import tarfile
import unittest

import docker

from support import IMAGE, ClientTest


class ImageTests(ClientTest):
    def test_found_by_name_and_id(self):
        image = self.client.images.get(IMAGE)
        self.assertIn("busybox:latest", image.tags)
        for reference in [image.id, image.short_id.removeprefix("sha256:"), "busybox:latest",
                          "docker.io/library/busybox"]:
            self.assertEqual(self.client.images.get(reference).id, image.id)
        with self.assertRaises(docker.errors.ImageNotFound):
            self.client.images.get("no-such-image-here")

    def test_list_and_its_filters(self):
        self.assertEqual([i.tags for i in self.client.images.list(name="busybox")], [["busybox:latest"]])
        self.assertEqual(self.client.images.list(name="nobody"), [])
        self.assertEqual(self.client.images.list(filters={"label": "no.such.label"}), [])

    def test_tag_and_remove(self):
        image = self.client.images.get(IMAGE)
        self.assertTrue(image.tag("py.example/busybox", tag="v1"))
        self.assertIn("py.example/busybox:v1", self.client.images.get(IMAGE).tags)
        self.client.images.remove("py.example/busybox:v1")
        self.assertNotIn("py.example/busybox:v1", self.client.images.get(IMAGE).tags)
        with self.assertRaises(docker.errors.ImageNotFound):
            self.client.images.remove("py.example/busybox:v1")

    def test_history(self):
        history = self.client.images.get(IMAGE).history()
        self.assertEqual(history[0]["Id"], self.client.images.get(IMAGE).id)

    def test_save_and_load(self):
        self.client.images.get(IMAGE).tag("py-saved", tag="1")
        data = b"".join(self.client.images.get("py-saved:1").save(named="py-saved:1"))
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            self.assertIn("manifest.json", tar.getnames())
        self.client.images.remove("py-saved:1")
        loaded = self.client.images.load(data)
        self.addCleanup(self.quietly, lambda: self.client.images.remove("py-saved:1"))
        self.assertIn("py-saved:1", loaded[0].tags)

    def test_import_of_a_root_file_system(self):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            entry = tarfile.TarInfo("hello")
            entry.size = 3
            tar.addfile(entry, io.BytesIO(b"hi\n"))
        self.api.import_image_from_data(buffer.getvalue(), repository="py-import", tag="1")
        self.addCleanup(self.quietly, lambda: self.client.images.remove("py-import:1"))
        self.assertEqual(self.client.images.get("py-import:1").attrs["Os"], "linux")

    def test_an_image_in_use_stays(self):
        container = self.create()
        with self.assertRaises(docker.errors.APIError) as caught:
            self.client.images.remove(container.image.id)
        self.assertEqual(caught.exception.status_code, 409)


if __name__ == "__main__":
    unittest.main()
