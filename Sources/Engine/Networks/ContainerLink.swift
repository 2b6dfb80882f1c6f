import EngineAPI

/// A link of a container to another, `--link NAME:ALIAS`.
struct ContainerLink: Hashable, Sendable {
    /// The other container, as the client names it.
    var target: String
    /// What the other is called inside.
    var alias: String

    /// Reads it. `/red:/blue/db` is how `inspect` shows a link to `red` by the name `db`; clients send that back.
    ///
    /// - Throws: 400 in Docker's words.
    init(_ text: String) throws(APIError) {
        if text.isEmpty { throw .badRequest("empty string specified for links") }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts.count > 2 { throw .badRequest("bad format for links: \(text)") }
        if parts.count == 1 {
            (target, alias) = (text, text)
        } else if parts[0].hasPrefix("/") {
            target = String(parts[0].dropFirst())
            alias = parts[1].split(separator: "/").last.map(String.init) ?? parts[1]
        } else {
            (target, alias) = (parts[0], parts[1])
        }
        if target.isEmpty || alias.isEmpty { throw .badRequest("bad format for links: \(text)") }
    }
}

/// What a link tells the process inside, in variables of its environment. Pure.
///
/// Docker's legacy container links: `DB_NAME`, `DB_PORT`, `DB_PORT_5432_TCP_ADDR`, `DB_ENV_KEY` and their like.
enum LinkEnvironment {
    /// A port that the other container exposes.
    private struct Port: Hashable {
        var number: Int
        var transport: String
    }

    /// The variables.
    ///
    /// - Parameters:
    ///   - alias: what the other is called.
    ///   - parent: the name of the container that links.
    ///   - address: the other's address.
    ///   - exposed: its ports as `80/tcp`.
    ///   - environment: its own environment.
    static func variables(
        alias: String, parent: String, address: String, exposed: [String], environment: [String]
    ) -> [String] {
        let prefix = alias.uppercased().replacing("-", with: "_")
        let ports = exposed.compactMap(port).sorted { left, right in
            // TCP first, then by number.
            left.transport == right.transport
                ? left.number < right.number
                : left.transport == "tcp" || right.transport != "tcp" && left.transport < right.transport
        }
        var variables: [String] = []
        if let first = ports.first {
            variables.append("\(prefix)_PORT=\(first.transport)://\(address):\(first.number)")
        }
        for port in ports {
            let name = "\(prefix)_PORT_\(port.number)_\(port.transport.uppercased())"
            variables += [
                "\(name)=\(port.transport)://\(address):\(port.number)", "\(name)_ADDR=\(address)",
                "\(name)_PORT=\(port.number)", "\(name)_PROTO=\(port.transport)",
            ]
        }
        variables += ranges(ports).flatMap { first, last -> [String] in
            let name = "\(prefix)_PORT_\(first.number)_\(first.transport.uppercased())"
            return [
                "\(name)_START=\(first.transport)://\(address):\(first.number)", "\(name)_PORT_START=\(first.number)",
                "\(name)_END=\(first.transport)://\(address):\(last.number)", "\(name)_PORT_END=\(last.number)",
            ]
        }
        variables.append("\(prefix)_NAME=/\(parent)/\(alias)")
        for variable in environment {
            let parts = variable.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0] != "HOME", parts[0] != "PATH" else { continue }
            variables.append("\(prefix)_ENV_\(variable)")
        }
        return variables
    }

    private static func port(_ text: String) -> Port? {
        let parts = text.split(separator: "/").map(String.init)
        guard let number = parts.first.flatMap({ Int($0) }) else { return nil }
        return Port(number: number, transport: parts.count == 2 ? parts[1].lowercased() : "tcp")
    }

    /// Ports that follow one another.
    private static func ranges(_ ports: [Port]) -> [(Port, Port)] {
        var found: [(Port, Port)] = []
        var start: Port?
        for (index, port) in ports.enumerated() {
            let first = start ?? port
            let next = index + 1 < ports.count ? ports[index + 1] : nil
            if let next, next.transport == port.transport, next.number == port.number + 1 {
                start = first
                continue
            }
            if first != port { found.append((first, port)) }
            start = nil
        }
        return found
    }
}
