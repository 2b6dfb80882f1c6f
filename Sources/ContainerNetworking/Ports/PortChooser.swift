import Firewall
import IPAddressing
import SystemCalls

/// Binds what a container wants published: all of it, or nothing.
struct PortChooser: Sendable {
    let host: HostNetwork
    /// The address of requests that name none.
    let standardAddress: IPv4Address
    /// Ports that containers have.
    let taken: [HostPort: String]
    /// Ports that are bound still and nobody's any more: an endpoint that went a moment ago.
    let idle: [HostPort: HeldPort]

    /// Why a port cannot be had.
    struct Refusal: Error {
        /// In Docker's words.
        let message: String
        /// The port that a process of the host has; nil where it is no process.
        var port: HostPort?
    }

    /// A request and what it got.
    struct Choice: Sendable {
        let record: PortRecord
        let held: HeldPort
    }

    /// Docker's own range, where the kernel's cannot be read.
    private static let ephemeral: ClosedRange<UInt16> = 49153...65535

    /// Binds all requests. Blocks.
    ///
    /// - Throws: which port somebody has.
    func choose(_ requests: [PortRequest], container: IPv4Address) throws(Refusal) -> [Choice] {
        var choices: [Choice] = []
        for request in requests {
            choices.append(try choose(request, container, besides: choices))
        }
        return choices
    }

    private func choose(
        _ request: PortRequest, _ container: IPv4Address, besides earlier: [Choice]
    ) throws(Refusal) -> Choice {
        let address = request.hostAddress ?? standardAddress
        let range = request.hostPorts ?? ephemeralRange()
        var failure: Refusal?
        // A random place to begin at, where the port does not matter: the one that was free a moment ago is likely not
        // the one that somebody else's server is about to take.
        let start = request.hostPorts == nil ? UInt16.random(in: range) : range.lowerBound
        for number in (start...range.upperBound) {
            let port = HostPort(transport: request.transport, address: address, number: number)
            do throws(Refusal) {
                let held = try hold(port, request, container, besides: earlier)
                let record = PortRecord(
                    transport: request.transport.rawValue, containerPort: request.containerPort,
                    hostAddress: address.description, hostPort: number)
                return Choice(record: record, held: held)
            } catch { failure = failure ?? error }
        }
        guard let failure, request.hostPorts != nil else {
            throw Refusal(message: "no free port of the range \(range.lowerBound)-\(range.upperBound) on \(address)")
        }
        throw failure
    }

    private func hold(
        _ port: HostPort, _ request: PortRequest, _ container: IPv4Address, besides earlier: [Choice]
    ) throws(Refusal) -> HeldPort {
        let failed = "Bind for \(port.address):\(port.number) failed:"
        if let owner = taken.first(where: { $0.key.clashes(with: port) }) {
            throw Refusal(message: "\(failed) port is already allocated (container \(owner.value.prefix(12)))")
        }
        if let other = earlier.first(where: { $0.held.port.clashes(with: port) }) {
            throw Refusal(message: "\(failed) port is already allocated (asked for twice, as \(other.held.port))")
        }
        if let held = idle[port] { return held }
        do {
            return try HeldPort(port, in: host)
        } catch {
            throw Refusal(
                message: "failed to bind host port for \(port.address):\(port.number):\(container):"
                    + "\(request.containerPort)/\(port.transport.rawValue): \(words(error))",
                port: port)
        }
    }

    /// Go's words, which clients look for: strerror(3) without the capital.
    private func words(_ error: SystemCallError) -> String {
        let text = error.errno.description
        return text.prefix(1).lowercased() + text.dropFirst()
    }

    private func ephemeralRange() -> ClosedRange<UInt16> {
        let text = (try? host.parameter("net.ipv4.ip_local_port_range")) ?? nil
        let bounds = (text ?? "").split { $0 == "\t" || $0 == " " }.compactMap { UInt16($0) }
        guard bounds.count == 2, bounds[0] <= bounds[1] else { return Self.ephemeral }
        return bounds[0]...bounds[1]
    }
}
