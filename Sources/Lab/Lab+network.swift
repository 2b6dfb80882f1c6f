public import SystemCalls

extension Lab {
    /// Makes both namespaces, the uplink between them, and every address and route.
    func makeNetwork(_ programs: LabPrograms) throws(LabError) {
        for namespace in [hostNamespace, internetNamespace] {
            _ = try ChildProcess.runOrThrow(ChildRequest(programs.ip, ["netns", "add", namespace]))
        }
        try switchForwardingOff()
        try configure(
            hostNamespace, programs,
            """
            link set lo up
            link add up0 type veth peer name isp0 netns \(internetNamespace)
            addr add \(Self.hostAddress)/24 dev up0
            link set up0 up
            route add default via \(Self.gatewayAddress) dev up0
            addr add \(Self.hostIPv6Address)/64 dev up0 nodad
            route add default via \(Self.gatewayIPv6Address) dev up0
            """)
        try configure(
            internetNamespace, programs,
            """
            link set lo up
            addr add \(Self.gatewayAddress)/24 dev isp0
            link set isp0 up
            addr add \(Self.gatewayIPv6Address)/64 dev isp0 nodad
            addr add \(Self.webIPv6Address)/128 dev lo nodad
            addr add \(Self.webAddress)/32 dev lo
            addr add \(Self.nameServerAddress)/32 dev lo
            """)
    }

    /// A namespace begins with the machine's own forwarding; the lab's host begins as a machine that never forwarded,
    /// so that an engine has to see to it.
    private func switchForwardingOff() throws(LabError) {
        let host = try openHostNamespace()
        try labStep("cannot switch forwarding off") { () throws(SystemCallError) in
            try host.run { () throws(SystemCallError) in
                try Sysctl.write("net.ipv4.ip_forward", "0")
                try Sysctl.write("net.ipv6.conf.all.forwarding", "0")
            }
        }
    }

    /// Takes both names away; the namespaces end with their last process.
    func removeNetwork() throws(LabError) {
        for path in [hostNamespacePath, internetNamespacePath] {
            try labStep("cannot remove \(path)") { () throws(SystemCallError) in try NetworkNamespace.remove(at: path) }
        }
    }

    private func configure(_ namespace: String, _ programs: LabPrograms, _ batch: String) throws(LabError) {
        _ = try ChildProcess.runOrThrow(
            ChildRequest(programs.ip, ["-n", namespace, "-batch", "-"]), input: batch + "\n")
    }

    /// The host's namespace, opened.
    public func openHostNamespace() throws(LabError) -> NetworkNamespace {
        try open(hostNamespacePath)
    }

    /// The internet's namespace, opened.
    public func openInternetNamespace() throws(LabError) -> NetworkNamespace {
        try open(internetNamespacePath)
    }

    private func open(_ path: String) throws(LabError) -> NetworkNamespace {
        guard FileSystem.exists(path) else {
            throw LabError("The lab '\(name)' is not up.", remedy: "causeway lab up\(name == "lab" ? "" : " " + name)")
        }
        return try labStep("cannot enter \(path)") { () throws(SystemCallError) in try NetworkNamespace(path: path) }
    }
}
