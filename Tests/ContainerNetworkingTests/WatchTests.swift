import IPAddressing
import RouteNetlink
import Testing

@testable import ContainerNetworking

@Suite("What others change: judged and paced")
struct WatchTests {
    private func prefix(_ text: String) throws -> IPPrefix { try #require(IPPrefix(text)) }

    @Test func `a bridge is watched in all that is wanted of it, and in nothing else`() throws {
        let address = try prefix("172.17.0.1/16")
        let mac = MACAddress("02:42:75:07:2a:20")
        let bridge = WatchedDevice.bridge(
            BridgeState(mac: mac, mtu: 1500, isUp: true, addresses: [address], routes: [address.network]))
        func says(_ change: DeviceChange) -> String? { bridge.deviation(of: "docker0", after: change) }
        #expect(says(.link(isUp: true, master: nil, mac: mac, mtu: 1500)) == nil)
        #expect(says(.link(isUp: false, master: nil, mac: mac, mtu: 1500)) == "the bridge docker0 was set down")
        #expect(
            says(.link(isUp: true, master: nil, mac: mac, mtu: 1400)) == "the MTU of docker0 was changed to 1400")
        let other = MACAddress("02:00:00:00:00:01")
        #expect(
            says(.link(isUp: true, master: nil, mac: other, mtu: 1500))
                == "the Ethernet address of docker0 was changed to 02:00:00:00:00:01")
        #expect(says(.gone) == "the bridge docker0 is gone")
        #expect(says(.addressGone(address)) == "the address 172.17.0.1/16 was taken from docker0")
        #expect(says(.addressGone(try prefix("10.1.1.1/24"))) == nil)
        #expect(says(.routeGone(address.network)) == "the route to 172.17.0.0/16 by docker0 was deleted")
        #expect(says(.routeGone(try prefix("10.1.1.0/24"))) == nil)

        let users = WatchedDevice.bridge(BridgeState(isUp: true, addresses: []))
        #expect(users.deviation(of: "br0", after: .link(isUp: true, master: nil, mac: other, mtu: 9000)) == nil)
    }

    @Test func `a cable is watched for being there, up, and in its bridge`() {
        let port = WatchedDevice.port(bridge: "docker0", container: "83f83cfc4b9b")
        func says(_ isUp: Bool, _ master: String?) -> String? {
            port.deviation(of: "veth6008cec", after: .link(isUp: isUp, master: master, mac: nil, mtu: 1400))
        }
        #expect(says(true, "docker0") == nil)
        #expect(says(false, "docker0") == "the cable veth6008cec of container 83f83cfc4b9b was set down")
        #expect(says(true, nil) == "the cable veth6008cec of container 83f83cfc4b9b was taken out of docker0")
        #expect(says(true, "br1") == "the cable veth6008cec of container 83f83cfc4b9b was moved from docker0 to br1")
        #expect(
            port.deviation(of: "veth6008cec", after: .gone)
                == "the cable veth6008cec of container 83f83cfc4b9b is gone")
    }

    @Test func `of a device that is made in steps, the last one counts`() {
        func news(_ device: String, _ change: DeviceChange) -> NetworkWatch.DeviceNews {
            NetworkWatch.DeviceNews(device: device, change: change, port: 0)
        }
        let down = DeviceChange.link(isUp: false, master: nil, mac: nil, mtu: 1500)
        let up = DeviceChange.link(isUp: true, master: "docker0", mac: nil, mtu: 1500)
        #expect(news("veth1", down).isOverridden(by: news("veth1", up)))
        #expect(news("veth1", .gone).isOverridden(by: news("veth1", up)))
        #expect(!news("veth1", down).isOverridden(by: news("veth2", up)))
        let off = NetworkWatch.DeviceNews(forwardingOff: .v4, port: 0)
        #expect(!off.isOverridden(by: NetworkWatch.DeviceNews(forwardingOff: .v6, port: 0)))
    }

    @Test func `a few repairs come at once, a fight is fought slower and slower, and quiet ends it`() {
        var pace = RepairPace()
        var now = ContinuousClock.now
        func next(after seconds: Double) -> Duration {
            now += .seconds(seconds)
            pace.hear(now)
            defer { pace.looked(repaired: true) }
            return pace.pauseBeforeLook(now)
        }
        let burst = Int(RepairPace.burst)
        #expect((0..<burst).allSatisfy { _ in next(after: 0) == .zero })
        var pauses: [Duration] = []
        for _ in 0..<8 { pauses.append(next(after: 0)) }
        #expect(pauses == [1, 2, 4, 8, 16, 30, 30, 30].map { .seconds($0) })
        #expect(next(after: 5) == .seconds(30), "too little quiet")
        #expect(next(after: 11) == .zero)

        // Two a second for long are no fight.
        #expect((0..<200).allSatisfy { _ in next(after: 0.5) == .zero })
        // Looks that find nothing cost little: somebody edits rules of his own.
        var looks = RepairPace()
        let paused = (0..<200).contains { _ in
            looks.hear(now)
            defer { looks.looked(repaired: false) }
            return looks.pauseBeforeLook(now) > .zero
        }
        #expect(!paused)
    }

    @Test func `what is heard while nobody looks is put together`() {
        var early = Meddling()
        early.add("one", by: Culprit(pid: 7, program: "nft"), network: "a")
        early.concernsRules = true
        var late = Meddling()
        late.add("two", by: Culprit(pid: 7, program: "nft"))
        late.add("one", by: nil)
        late.concernsDevices = true
        late.merge(early)
        #expect(late.changes == ["one", "two"] && late.networks == ["a"])
        #expect(late.culprits.map(\.description) == ["nft (process 7)"])
        #expect(late.concernsDevices && late.concernsRules && late.since == early.since)
        #expect(Culprit(pid: 9, program: "").description == "process 9")
    }
}
