import SystemCalls

extension Lab {
    /// Writes what the servers read, and starts them in the internet's namespace. Each goes to the background by
    /// itself once it answers, so that nothing has to be waited for.
    func startServices(_ programs: LabPrograms) throws(LabError) {
        let site = runDirectory + "/www"
        let nameServer = runDirectory + "/dnsmasq.conf"
        try labStep("cannot write the lab's files") { () throws(SystemCallError) in
            try FileSystem.makeDirectory(site)
            try FileSystem.writeInPlace(resolverFile, "nameserver \(Self.nameServerAddress)\n")
            try FileSystem.writeInPlace(site + "/index.html", Self.page)
            try FileSystem.writeInPlace(nameServer, nameServerConfiguration)
        }
        let internet = try openInternetNamespace()
        _ = try ChildProcess.runOrThrow(
            ChildRequest(
                programs.dnsmasq, ["--conf-file=" + nameServer], directory: "/", networkNamespace: internet,
                newSession: true))
        for address in [Self.webAddress, "[\(Self.webIPv6Address)]"] {
            try startDetached(
                ChildRequest(
                    programs.busybox, ["httpd", "-p", "\(address):80", "-h", site], directory: "/",
                    networkNamespace: internet, newSession: true))
        }
    }

    /// Starts a program that goes to the background by itself and keeps its outputs open.
    private func startDetached(_ request: ChildRequest) throws(LabError) {
        let status = try labStep("cannot run \(request.path)") { () throws(SystemCallError) in
            try ChildProcess.spawn(request).wait()
        }
        guard status.isSuccess else {
            throw LabError("\(request.path) \(request.arguments.joined(separator: " ")): \(status)")
        }
    }

    /// The page at http://203.0.113.8/, which is http://example.test/ by name.
    static let page = "<!doctype html><title>Causeway lab</title><p>You reached the lab's internet.</p>\n"

    private var nameServerConfiguration: String {
        """
        # The lab's name server. It reads no file of the machine and asks nobody.
        no-resolv
        no-hosts
        no-poll
        bind-interfaces
        listen-address=\(Self.nameServerAddress)
        pid-file=\(runDirectory)/dnsmasq.pid
        log-facility=\(runDirectory)/dnsmasq.log
        user=root
        group=root
        host-record=example.test,www.example.test,\(Self.webAddress)
        host-record=six.test,\(Self.webIPv6Address)
        host-record=dual.test,\(Self.webAddress),\(Self.webIPv6Address)
        host-record=dns.test,\(Self.nameServerAddress)
        host-record=gateway.test,\(Self.gatewayAddress)
        host-record=host.test,\(Self.hostAddress)
        local=/test/
        bogus-priv

        """
    }
}
