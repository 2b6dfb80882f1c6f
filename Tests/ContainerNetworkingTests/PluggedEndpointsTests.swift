import Testing

@testable import ContainerNetworking

@Suite struct PluggedEndpointsTests {
    private static func endpoint(_ id: String, in sandbox: String, _ interface: String) -> EndpointRecord {
        EndpointRecord(
            id: id, networkID: "n", networkName: "net", containerID: "c", sandboxPath: sandbox,
            hostInterface: interface,
            interfaceName: "eth0", macAddress: "", ipv4Address: "", prefixLength: 0, gateway: "")
    }

    @Test func `endpoints are found by id, by namespace and by interface, as they come, change and go`() {
        var plugged = PluggedEndpoints()
        for (id, sandbox) in [("1", "/a"), ("2", "/a"), ("3", "/b")] {
            plugged[id] = Self.endpoint(id, in: sandbox, "veth\(id)")
        }
        #expect(plugged.inSandbox("/a").map(\.id) == ["1", "2"])
        #expect(plugged.withInterface("veth3")?.id == "3")
        // What changes in an endpoint leaves the order.
        plugged["1"]?.dnsNames = ["red"]
        #expect(plugged.inSandbox("/a").map(\.dnsNames) == [["red"], []])
        // Its cable was made anew.
        plugged["2"]?.hostInterface = "veth9"
        #expect(plugged.withInterface("veth2") == nil && plugged.withInterface("veth9")?.id == "2")
        #expect(plugged.remove("1")?.id == "1" && plugged.remove("1") == nil)
        #expect(plugged.inSandbox("/a").map(\.id) == ["2"] && plugged.withInterface("veth1") == nil)
        plugged["2"] = nil
        #expect(plugged.inSandbox("/a").isEmpty && plugged.values.map(\.id) == ["3"])
    }
}
