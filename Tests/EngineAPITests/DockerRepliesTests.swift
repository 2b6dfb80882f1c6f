import EngineAPI
import Foundation
import Testing

/// Docker's own replies go through our types and come out byte for byte.
@Suite struct DockerRepliesTests {
    static func fixture(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        return [UInt8](try Data(contentsOf: folder.appending(path: "Fixtures/\(name)")))
    }

    private func expectRoundTrip<Value: Codable>(_ type: Value.Type, _ name: String) throws {
        let bytes = try Self.fixture(name)
        let value = try JSONText.decode(type, from: bytes)
        let written = try JSONText.encode(value, pretty: true) + Array("\n".utf8)
        #expect(String(decoding: written, as: UTF8.self) == String(decoding: bytes, as: UTF8.self))
    }

    @Test func runningContainer() throws { try expectRoundTrip(ContainerInspect.self, "container-red.json") }
    @Test func exitedContainer() throws { try expectRoundTrip(ContainerInspect.self, "container-blue-exited.json") }
    @Test func containerList() throws { try expectRoundTrip([ContainerSummary].self, "containers-list.json") }
    @Test func exec() throws { try expectRoundTrip(ExecInspect.self, "exec-inspect.json") }
    @Test func image() throws { try expectRoundTrip(ImageInspect.self, "image-busybox.json") }
    @Test func imageHistory() throws { try expectRoundTrip([ImageHistoryItem].self, "image-history.json") }
    @Test func imageList() throws { try expectRoundTrip([ImageSummary].self, "images.json") }
    @Test func bridgeNetwork() throws { try expectRoundTrip(NetworkInspect.self, "network-bridge.json") }
    @Test func userNetwork() throws { try expectRoundTrip(NetworkInspect.self, "network-net1.json") }
    @Test func version() throws { try expectRoundTrip(SystemVersion.self, "ping-version.json") }
    @Test func info() throws { try expectRoundTrip(SystemInfo.self, "info.json") }
    @Test func stats() throws { try expectRoundTrip(ContainerStats.self, "stats-oneshot.json") }
    @Test func top() throws { try expectRoundTrip(TopResponse.self, "top.json") }
    @Test func volume() throws { try expectRoundTrip(VolumeInspect.self, "volume-vol1.json") }
    @Test func volumeList() throws { try expectRoundTrip(VolumeListResponse.self, "volumes.json") }

    @Test func events() throws {
        for line in try Self.fixture("events.ndjson").split(separator: UInt8(ascii: "\n")) {
            let event = try JSONText.decode(EventMessage.self, from: Array(line))
            #expect(try JSONText.encode(event) == Array(line))
        }
    }

    @Test func foundationReadsOurTypesToo() throws {
        let bytes = try Self.fixture("container-red.json")
        let ours = try JSONText.decode(ContainerInspect.self, from: bytes)
        let theirs = try JSONDecoder().decode(ContainerInspect.self, from: Data(bytes))
        #expect(ours == theirs)
    }
}
