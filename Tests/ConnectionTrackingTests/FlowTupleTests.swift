import ConnectionTracking
import IPAddressing
import Testing

@Suite struct FlowTupleTests {
    @Test func `ports tell flows apart`() throws {
        let address = try #require(IPAddress("192.0.2.1"))
        let one = FlowTuple(source: address, destination: address, protocolNumber: 17, destinationPort: 53)
        #expect(one != FlowTuple(source: address, destination: address, protocolNumber: 17, destinationPort: 54))
    }
}
