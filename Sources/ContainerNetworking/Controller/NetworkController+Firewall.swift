public import Firewall
import IPAddressing
import Logging
import NFTables
import SystemCalls

extension NetworkController {
    /// What is known of the engine's nftables tables: one for the back end and the guard, so that neither takes the
    /// other's changes for a stranger's.
    func nftablesKeeper() throws -> NFTablesKeeper {
        if let keeper { return keeper }
        let made = try NFTablesKeeper(in: host.namespace)
        keeper = made
        return made
    }

    /// Sets up the back end that the daemon's options name, and takes away what the other left when it was the one. The
    /// new rules come a moment later; in between, containers are shut off rather than open, where forwarding's policy
    /// was ours.
    func chooseFirewall() async throws {
        guard configuration.iptables else { return }
        let known = (try? FileSystem.readText(forwardingFile)) ?? ""
        ownForwarding = Set(IPFamily.allCases.filter { known.contains("\($0)\n") })
        let record = configuration.execRoot + "/firewall.rules"
        switch configuration.firewallBackend {
        case .iptables:
            let other = NFTablesBackend(keeper: try nftablesKeeper())
            if (try? await other.isPresent()) == true {
                try await other.removeEverything()
                logger.info("rules of the nftables back end taken away")
            }
            firewall = try IPTablesBackend(
                networkNamespace: host.namespace, recordPath: record, keeper: try nftablesKeeper())
        case .nftables:
            // Its programs need not be there, and are not run where none of its rules can be.
            if FileSystem.exists(record),
                let other = try? IPTablesBackend(networkNamespace: host.namespace, recordPath: record)
            {
                try await other.removeEverything()
                try await other.acceptForwarding(ownForwarding.sorted { "\($0)" < "\($1)" })
                try FileSystem.removeFile(record)
                logger.info("rules of the iptables back end taken away")
            }
            firewall = NFTablesBackend(keeper: try nftablesKeeper(), namespace: host.namespace)
        }
    }

    /// Remembers, until the host starts anew, that the engine switched forwarding on: what is forwarded for others is
    /// none of its business where somebody else did.
    func rememberForwarding(_ families: Set<IPFamily>) throws(SystemCallError) {
        if families.isSubset(of: ownForwarding) { return }
        ownForwarding.formUnion(families)
        let lines = IPFamily.allCases.filter { ownForwarding.contains($0) }.map { "\($0)\n" }
        try FileSystem.replace(forwardingFile, Array(lines.joined().utf8))
    }

    private var forwardingFile: String { configuration.execRoot + "/forwarding" }

    /// Says which containers one links to (`--link`), in place of what was said earlier. It matters only where a
    /// network keeps its containers apart; their rules are made then.
    ///
    /// - Parameters:
    ///   - wanted: the ways that are to be open; none for a container that has ended.
    ///   - containerID: the container that may connect.
    public func setLinks(_ wanted: [LinkFirewall], containerID: String) async throws(NetworkError) {
        let former = links[containerID] ?? []
        if former == wanted { return }
        links[containerID] = wanted.isEmpty ? nil : wanted
        guard records.contains(where: { $0.driver == "bridge" && !$0.bridgeOptions.icc }) else { return }
        do {
            _ = try await firewall.apply(model.firewall())
        } catch {
            throw .wrap("cannot open the way of a link", error)
        }
    }
}
