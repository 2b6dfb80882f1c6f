import AddressAllocation
import IPAddressing
import Testing

@Suite("Subnets for networks that name none")
struct SubnetChooserTests {
    private func choose(_ taken: [String], by chooser: SubnetChooser = SubnetChooser()) -> String? {
        chooser.choose(avoiding: taken.compactMap { IPPrefix($0) })?.description
    }

    @Test("Docker's order: 172.17 to 172.31, then /20 of 192.168")
    func order() {
        #expect(choose([]) == "172.17.0.0/16")
        #expect(choose(["172.17.0.0/16"]) == "172.18.0.0/16")
        var taken: [String] = []
        for number in 17...31 {
            #expect(choose(taken) == "172.\(number).0.0/16")
            taken.append("172.\(number).0.0/16")
        }
        #expect(choose(taken) == "192.168.0.0/20")
        #expect(choose(taken + ["192.168.0.0/20"]) == "192.168.16.0/20")
        #expect(choose(taken + ["192.168.0.0/16"]) == nil)
    }

    @Test("Routes of the host are avoided; the default route is not an obstacle")
    func routes() {
        #expect(choose(["0.0.0.0/0"]) == "172.17.0.0/16")
        #expect(choose(["172.17.5.0/24", "172.18.0.1/32"]) == "172.19.0.0/16")
        #expect(choose(["172.16.0.0/12"]) == "192.168.0.0/20")
        #expect(choose(["172.16.0.0/12", "192.168.1.0/24", "192.168.17.9/24"]) == "192.168.32.0/20")
        #expect(choose(["128.0.0.0/1"]) == nil)
        #expect(choose(["fd00::/8"]) == "172.17.0.0/16")
    }

    @Test("Blocks of the user's")
    func ownPools() {
        let pools = [
            SubnetPool(base: IPPrefix("10.10.0.0/16")!, size: 24)!,
            SubnetPool(base: IPPrefix("fd00:9::/48")!, size: 64)!,
        ]
        let chooser = SubnetChooser(pools: pools)
        #expect(choose([], by: chooser) == "10.10.0.0/24")
        #expect(choose(["10.10.0.128/25", "10.10.1.0/24"], by: chooser) == "10.10.2.0/24")
        #expect(choose(["10.10.0.0/17", "10.10.64.0/24"], by: chooser) == "10.10.128.0/24")
        #expect(choose(["10.10.0.0/17", "10.10.128.0/17"], by: chooser) == nil)
        #expect(chooser.choose(avoiding: [IPPrefix("fd00:9::/64")!], family: .v6)?.description == "fd00:9:0:1::/64")
        #expect(SubnetPool(base: IPPrefix("10.0.0.0/16")!, size: 8) == nil)
        #expect(SubnetPool(base: IPPrefix("10.0.0.0/16")!, size: 33) == nil)
    }

    @Test("The end of the address space is no trap")
    func end() {
        let chooser = SubnetChooser(pools: [SubnetPool(base: IPPrefix("255.255.255.0/24")!, size: 25)!])
        #expect(choose(["255.255.255.0/25"], by: chooser) == "255.255.255.128/25")
        #expect(choose(["255.255.255.0/25", "255.255.255.128/25"], by: chooser) == nil)
    }
}
