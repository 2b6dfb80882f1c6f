import AddressAllocation
import IPAddressing
import Testing

@Suite("Addresses of a subnet")
struct AddressPoolTests {
    private func pool(
        _ subnet: String, range: String? = nil, gateway: String? = nil, reserved: [String] = []
    ) throws -> AddressPool {
        let subnet = try #require(IPPrefix(subnet))
        let range = try range.map { try #require(IPPrefix($0)) }
        let gateway = try gateway.map { try #require(IPAddress($0)) }
        let reserved = try reserved.map { try #require(IPAddress($0)) }
        return try #require(AddressPool(subnet: subnet, range: range, gateway: gateway, reserved: reserved))
    }

    private func next(_ pool: inout AddressPool) -> String? { pool.allocate()?.description }

    @Test("docker0 gives .2, then .3; the lowest address that came back is next, as Docker does it")
    func dockerOrder() throws {
        var pool = try pool("172.17.0.1/16", gateway: "172.17.0.1")
        #expect(next(&pool) == "172.17.0.2")
        #expect(next(&pool) == "172.17.0.3")
        #expect(next(&pool) == "172.17.0.4")
        pool.release(IPAddress("172.17.0.2")!)
        #expect(next(&pool) == "172.17.0.2")
        #expect(next(&pool) == "172.17.0.5")
        #expect(pool.usedCount == 4)
        #expect(pool.used.map(\.description) == ["172.17.0.2", "172.17.0.3", "172.17.0.4", "172.17.0.5"])
    }

    @Test("A range inside the subnet: its first address is as good as any, the gateway is skipped")
    func range() throws {
        var half = try pool("10.77.0.0/24", range: "10.77.0.128/25", gateway: "10.77.0.128")
        #expect(next(&half) == "10.77.0.129")
        var last = try pool("10.77.0.0/24", range: "10.77.0.252/30")
        #expect(
            [next(&last), next(&last), next(&last), next(&last)] == ["10.77.0.252", "10.77.0.253", "10.77.0.254", nil])
        try last.reserve(IPAddress("10.77.0.9")!)
        #expect(last.isInUse(IPAddress("10.77.0.9")!))
    }

    @Test("The gateway Docker would choose")
    func gateway() {
        #expect(AddressPool.firstAddress(of: IPPrefix("172.17.0.0/16")!)?.description == "172.17.0.1")
        #expect(
            AddressPool.firstAddress(of: IPPrefix("10.77.0.0/24")!, range: IPPrefix("10.77.0.128/25")!)?.description
                == "10.77.0.128")
        #expect(AddressPool.firstAddress(of: IPPrefix("fd00::/64")!)?.description == "fd00::1")
    }

    @Test(
        "Small subnets are used up",
        arguments: [("10.0.0.0/30", 2), ("10.0.0.0/31", 2), ("10.0.0.0/32", 1), ("10.0.0.0/29", 6)])
    func exhaustion(_ subnet: String, _ count: Int) throws {
        var pool = try pool(subnet)
        for _ in 0..<count { #expect(pool.allocate() != nil) }
        #expect(pool.allocate() == nil)
    }

    @Test("Refusals say which address and why")
    func refusals() throws {
        var pool = try pool("172.17.0.0/16", gateway: "172.17.0.1", reserved: ["172.17.0.9"])
        try pool.reserve(IPAddress("172.17.0.7")!)
        func refusal(_ address: String) -> String {
            do {
                try pool.reserve(IPAddress(address)!)
                return "none"
            } catch {
                return "\(error)"
            }
        }
        #expect(refusal("172.18.0.1") == "address 172.18.0.1 is not in the subnet 172.17.0.0/16")
        #expect(refusal("fd00::1") == "address fd00::1 is not in the subnet 172.17.0.0/16")
        #expect(refusal("172.17.0.7") == "address 172.17.0.7 of the subnet 172.17.0.0/16 is already in use")
        #expect(refusal("172.17.0.1").hasSuffix("is reserved: it is the network's gateway"))
        #expect(refusal("172.17.0.0").hasSuffix("is reserved: it is the subnet's network address"))
        #expect(refusal("172.17.255.255").hasSuffix("is reserved: it is the subnet's broadcast address"))
        #expect(refusal("172.17.0.9").hasSuffix("is reserved: it is set aside for something else"))
        #expect(pool.usedCount == 1)
    }

    @Test("Giving back what nobody has changes nothing")
    func release() throws {
        var pool = try pool("172.17.0.0/16", gateway: "172.17.0.1")
        let before = pool
        for address in ["172.17.0.1", "172.17.0.0", "172.17.0.2", "10.0.0.1"] {
            let wasInUse = pool.release(IPAddress(address)!)
            #expect(!wasInUse)
        }
        #expect(pool == before)
    }

    @Test("Parts outside of the subnet make no pool")
    func impossible() {
        let subnet = IPPrefix("172.17.0.0/16")!
        #expect(AddressPool(subnet: subnet, range: IPPrefix("172.16.0.0/12")) == nil)
        #expect(AddressPool(subnet: subnet, gateway: IPAddress("172.18.0.1")) == nil)
        #expect(AddressPool(subnet: subnet, reserved: [IPAddress("fd00::1")!]) == nil)
    }

    @Test("Thousands of addresses of a /8 and of an IPv6 /64 are cheap", arguments: ["10.0.0.0/8", "fd00:1::/64"])
    func large(_ subnet: String) throws {
        var pool = try pool(subnet)
        let elapsed = ContinuousClock().measure {
            for _ in 0..<50_000 { _ = pool.allocate() }
            for address in pool.used.enumerated() where address.offset % 2 == 0 { pool.release(address.element) }
            for _ in 0..<100 { _ = pool.allocate() }
        }
        #expect(pool.usedCount == 25_100)
        #expect(elapsed < .seconds(20))
    }

    @Test("Random use agrees with a plain set")
    func againstModel() throws {
        var random = SystemRandomNumberGenerator()
        var pool = try pool("10.0.0.0/26", gateway: "10.0.0.1")
        let free = Set(2...62)
        var model: Set<Int> = []
        for _ in 0..<5_000 {
            let number = Int.random(in: 0...70, using: &random)
            let address = IPAddress.v4(IPv4Address(rawValue: 0x0A00_0000 + UInt32(number)))
            switch Int.random(in: 0...2, using: &random) {
            case 0:
                let lowest = free.subtracting(model).min()
                #expect(pool.allocate().map { Int($0.rawValue) - 0x0A00_0000 } == lowest)
                if let lowest { model.insert(lowest) }
            case 1:
                let possible = free.contains(number) && !model.contains(number)
                var reserved = true
                do { try pool.reserve(address) } catch { reserved = false }
                #expect(reserved == possible)
                if possible { model.insert(number) }
            default:
                let released = pool.release(address)
                #expect(released == (model.remove(number) != nil))
            }
        }
        #expect(pool.used.map { Int($0.rawValue) - 0x0A00_0000 } == model.sorted())
    }
}
