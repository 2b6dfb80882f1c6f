import threading
import unittest

from support import ClientTest, needs


class SystemTests(ClientTest):
    def test_ping_version_info(self):
        self.assertTrue(self.client.ping())
        version = self.client.version()
        self.assertEqual(version["ApiVersion"], "1.51")
        info = self.client.info()
        self.assertEqual((info["OSType"], info["Driver"]), ("linux", "overlay2"))

    @needs("GET /system/df")
    def test_disk_usage(self):
        self.assertLessEqual({"Images", "Containers", "Volumes"}, set(self.client.df()))

    def test_events_end_when_they_are_closed(self):
        before = self.client.info()["NEventsListener"]
        streams = [self.client.events() for _ in range(5)]
        readers = [threading.Thread(target=lambda s=s: list(s), daemon=True) for s in streams]
        for reader in readers:
            reader.start()
        self.wait_for_listeners(before + 5)
        for stream in streams:
            stream.close()
        self.wait_for_listeners(before)

    def wait_for_listeners(self, number):
        count = None
        for _ in range(200):
            count = self.client.info()["NEventsListener"]
            if count == number:
                return
            threading.Event().wait(0.02)
        self.fail(f"{count} listen, not {number}")


if __name__ == "__main__":
    unittest.main()
