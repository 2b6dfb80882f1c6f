public import EngineAPI

/// What `-p` and `--expose` ask for.
public struct PortOptions: Equatable, Sendable {
    /// Ports that the container says it listens on: `80/tcp`.
    public var exposed: [String: EmptyObject] = [:]
    /// Where they are published.
    public var bindings: PortMap = [:]

    /// Reads `[[address:]port:]port[/protocol]` and ranges of ports.
    public init(publish: [String], expose: [String]) throws(ValueError) {
        for text in publish { try add(published: text.contains("=") ? try PortOptions.standard(text) : text) }
        for text in expose {
            if text.contains(":") { throw ValueError("invalid port format for --expose: \(text)") }
            let (port, kind) = PortOptions.split(text)
            guard let range = PortOptions.range(port) else {
                throw ValueError("invalid range format for --expose: \(text), error: \(PortOptions.rangeError(port))")
            }
            for number in range { exposed["\(number)/\(kind)"] = EmptyObject() }
        }
    }

    /// `published=8080,target=80,protocol=tcp` in the short form.
    private static func standard(_ text: String) throws(ValueError) -> String {
        var fields = ["protocol": "tcp"]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2, !pair[0].isEmpty else {
                throw ValueError("invalid publish opts format (should be name=value but got '\(part)')")
            }
            fields[pair[0]] = pair[1]
        }
        return "\(fields["published"] ?? ""):\(fields["target"] ?? "")/\(fields["protocol"] ?? "")"
    }

    private mutating func add(published text: String) throws(ValueError) {
        let (body, kind) = PortOptions.split(text)
        let parts = body.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let inner = parts[parts.count - 1]
        let outer = parts.count > 1 ? parts[parts.count - 2] : ""
        var address = parts.dropLast(2).joined(separator: ":")
        if address.hasPrefix("["), address.hasSuffix("]") { address = String(address.dropFirst().dropLast()) }
        if !address.isEmpty, !AddressText.isAddress(address) { throw ValueError("invalid IP address: \(address)") }
        if inner.isEmpty { throw ValueError("no port specified: \(text)<empty>") }
        guard let inside = PortOptions.range(inner) else { throw ValueError("invalid containerPort: \(inner)") }
        guard ["tcp", "udp", "sctp"].contains(kind) else { throw ValueError("invalid proto: \(kind)") }
        var outside: ClosedRange<Int>?
        if !outer.isEmpty {
            guard let range = PortOptions.range(outer) else { throw ValueError("invalid hostPort: \(outer)") }
            if range.count != inside.count, inside.count != 1 {
                throw ValueError("invalid ranges specified for container and host Ports: \(inner) and \(outer)")
            }
            outside = range
        }
        for (index, port) in inside.enumerated() {
            var hostPort = outside.map { String($0.lowerBound + index) } ?? ""
            // One port inside and a range outside: the engine chooses one of the range.
            if let outside, outside.count != inside.count { hostPort = outer }
            let key = "\(port)/\(kind)"
            exposed[key] = EmptyObject()
            bindings[key] = ((bindings[key] ?? nil) ?? []) + [PortBinding(hostIp: address, hostPort: hostPort)]
        }
    }

    private static func split(_ text: String) -> (port: String, kind: String) {
        guard let slash = text.lastIndex(of: "/") else { return (text, "tcp") }
        let kind = text[text.index(after: slash)...].lowercased()
        return (String(text[..<slash]), kind.isEmpty ? "tcp" : kind)
    }

    private static func rangeError(_ text: String) -> String {
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        for end in ends where UInt16(end) == nil {
            let reason = Int(end) == nil ? "invalid syntax" : "value out of range"
            return "strconv.ParseUint: parsing \"\(end)\": \(reason)"
        }
        return "invalid range specified for port: \(text)"
    }

    private static func range(_ text: String) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { UInt16($0) }
        guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last else { return nil }
        return Int(first)...Int(last)
    }
}
