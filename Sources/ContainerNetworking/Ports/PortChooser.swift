import Firewall
import Glibc
import IPAddressing
import SystemCalls

/// Binds what a container wants published: all of it, or nothing.
struct PortChooser {
    let host: HostNetwork
    /// Why a port cannot be had beside those that containers have: whose it is, in words. Nil where nobody has it.
    let owner: (HostPort) -> String?
    /// A port that is bound already and may be taken over: an endpoint that went a moment ago had it, or the container
    /// itself has.
    let bound: (HostPort) -> HeldPort?
    /// Ports that the container had, to be kept where the request leaves the choice.
    var former: [PortRecord] = []

    /// Why a port cannot be had.
    struct Refusal: Error {
        /// In Docker's words.
        let message: String
        /// The port that a process of the host has; nil where it is no process.
        var port: HostPort?
        /// Whether no other port would fare better: it is the address that is wrong, or descriptors are short.
        var isHopeless = false
    }

    /// A request and what it got.
    struct Choice: Sendable {
        let record: PortRecord
        /// Nil where no port of the host is taken.
        let held: HeldPort?
    }

    /// Docker's own range, where the kernel's cannot be read.
    private static let ephemeral: ClosedRange<UInt16> = 49153...65535

    /// Binds all groups. Blocks for microseconds a port.
    ///
    /// - Throws: which port somebody has.
    func choose(_ groups: [PortGroup]) throws(Refusal) -> [Choice] {
        var choices: [Choice] = []
        var own = PortBooks()
        var range: [UInt16]?
        for group in groups {
            if group.isRouted {
                choices += group.bindings.map { Choice(record: record(group, $0, 0), held: nil) }
                continue
            }
            if group.hostPorts == nil, range == nil { range = ephemeralPorts() }
            let found = try choose(group, ephemeral: range ?? [], own)
            for choice in found { if let held = choice.held { own.book(held.port, .starting) } }
            choices += found
        }
        return choices
    }

    private func choose(_ group: PortGroup, ephemeral: [UInt16], _ own: PortBooks) throws(Refusal) -> [Choice] {
        // A group that clashes with itself never fits, whatever the port.
        for (index, binding) in group.bindings.enumerated() {
            let port = HostPort(transport: group.transport, address: binding.host, number: 0)
            for other in group.bindings[..<index]
            where HostPort(transport: group.transport, address: other.host, number: 0).clashes(with: port) {
                throw Refusal(
                    message: "Bind for \(binding.host):\(group.hostPorts?.lowerBound ?? 0) failed: port is already "
                        + "allocated (container port \(group.containerPort) asks for \(other.host) and "
                        + "\(binding.host), of which one includes the other)")
            }
        }
        var failure: Refusal?
        for number in candidates(group, ephemeral) {
            do throws(Refusal) {
                return try hold(group, number, own)
            } catch {
                if group.hostPorts?.count == 1 || error.isHopeless { throw error }
                // One that a process has tells more than one that a container has.
                if failure?.port == nil, error.port != nil { failure = error }
            }
        }
        throw failure ?? Refusal(message: "all ports are allocated")
    }

    /// The port numbers to try, in order: first what the container had, then the range. In the ephemeral one at a
    /// random place: the one that was free a moment ago is likely not the one that somebody else's server is about to
    /// take.
    private func candidates(_ group: PortGroup, _ ephemeral: [UInt16]) -> [UInt16] {
        let kept = former.filter {
            $0.transport == group.transport.rawValue && $0.containerPort == group.containerPort && !$0.isRouted
                && group.hostPorts?.contains($0.hostPort) != false
        }.map(\.hostPort)
        if let range = group.hostPorts { return range.count == 1 ? [range.lowerBound] : kept + Array(range) }
        guard !ephemeral.isEmpty else { return kept }
        let start = Int.random(in: 0..<ephemeral.count)
        return kept + ephemeral[start...] + ephemeral[..<start]
    }

    /// One port number on all addresses of the group, or on none.
    private func hold(_ group: PortGroup, _ number: UInt16, _ own: PortBooks) throws(Refusal) -> [Choice] {
        var choices: [Choice] = []
        for binding in group.bindings {
            let port = HostPort(transport: group.transport, address: binding.host, number: number)
            let failed = "Bind for \(port.address):\(number) failed: port is already allocated"
            if let owner = owner(port) { throw Refusal(message: "\(failed) (\(owner))") }
            if let other = own.clashes(with: port).first {
                throw Refusal(message: "\(failed) (asked for twice, as \(other.port))")
            }
            let held: HeldPort
            if let present = bound(port) {
                held = present
            } else {
                do { held = try HeldPort(port, in: host) } catch { throw refusal(error, group, binding, port) }
            }
            choices.append(Choice(record: record(group, binding, number), held: held))
        }
        return choices
    }

    private func record(_ group: PortGroup, _ binding: PortGroup.Binding, _ number: UInt16) -> PortRecord {
        PortRecord(
            transport: group.transport.rawValue, containerPort: group.containerPort,
            hostAddress: binding.host.description, hostPort: number)
    }

    private func refusal(
        _ error: SystemCallError, _ group: PortGroup, _ binding: PortGroup.Binding, _ port: HostPort
    ) -> Refusal {
        let container = HostPort(transport: group.transport, address: binding.container, number: group.containerPort)
        let what = "failed to bind host port for \(port.end):\(container): \(words(error))"
        if error.errno.rawValue == EMFILE {
            return Refusal(
                message: "\(what) (the daemon may open \(DescriptorLimit.current) files: raise LimitNOFILE)",
                isHopeless: true)
        }
        let isTaken = error.errno.rawValue == EADDRINUSE
        return Refusal(message: what, port: isTaken ? port : nil, isHopeless: !isTaken)
    }

    /// Go's words, which clients look for: strerror(3) without the capital.
    private func words(_ error: SystemCallError) -> String {
        let text = error.errno.description
        return text.prefix(1).lowercased() + text.dropFirst()
    }

    /// The kernel's ephemeral ports (`ip_local_port_range`) without those that it gives nobody by itself
    /// (`ip_local_reserved_ports`).
    private func ephemeralPorts() -> [UInt16] {
        func value(_ name: String) -> String { ((try? host.parameter("net.ipv4.\(name)")) ?? nil) ?? "" }
        let bounds = value("ip_local_port_range").split { $0 == "\t" || $0 == " " }.compactMap { UInt16($0) }
        let isRange = bounds.count == 2 && bounds[0] <= bounds[1] && bounds[0] > 0
        let reserved = Self.ports(value("ip_local_reserved_ports"))
        return (isRange ? bounds[0]...bounds[1] : Self.ephemeral).filter { !reserved.contains($0) }
    }

    /// Reads `8080,9148-9150` (ip-sysctl of the kernel's documentation); what is malformed counts for nothing.
    static func ports(_ list: String) -> Set<UInt16> {
        var ports: Set<UInt16> = []
        for part in list.split(separator: ",") {
            let bounds = part.split(separator: "-").compactMap { UInt16($0) }
            guard let first = bounds.first, let last = bounds.last, first <= last else { continue }
            ports.formUnion(first...last)
        }
        return ports
    }
}
