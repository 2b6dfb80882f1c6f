/// A URL of `http` or `https`, as far as registries need it (RFC 3986).
struct RegistryURL: Hashable, Sendable, CustomStringConvertible {
    /// `http` or `https`.
    var scheme: String
    /// The host; IPv6 addresses in brackets.
    var host: String
    /// The port.
    var port: Int
    /// From the slash on, with the query.
    var target: String

    /// Reads an absolute URL; nil for other schemes, for URLs with a name and password, which belong elsewhere, and for
    /// what could break a request's head.
    init?(_ text: String) {
        guard Self.isPlain(text), let separator = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let rest = text[separator.upperBound...].prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.isEmpty, !authority.contains("@") else { return nil }
        let target = rest[authority.endIndex...]
        self.init(
            scheme: scheme, authority: String(authority), target: target.hasPrefix("/") ? String(target) : "/" + target)
        // What looks like a port and is none is no host either.
        if host.isEmpty || host.contains(":") && !host.hasSuffix("]") { return nil }
    }

    /// Whether a text is of ASCII's visible characters, as URLs are (RFC 3986, section 2): a combining mark behind a slash
    /// would hide it.
    private static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { $0 > 32 && $0 < 127 } }

    /// Joins a scheme, a host with its port, and a path with its query.
    init(scheme: String, authority: String, target: String) {
        let (host, port) = Self.splitPort(authority)
        self.scheme = scheme
        self.host = host
        self.port = port ?? (scheme == "https" ? 443 : 80)
        self.target = target
    }

    /// Host and port as they stand in a URL.
    var authority: String { host + (port == (scheme == "https" ? 443 : 80) ? "" : ":\(port)") }

    /// The whole.
    var description: String { "\(scheme)://\(authority)\(target)" }

    /// The whole without its query, which can hold signatures.
    var withoutQuery: String { "\(scheme)://\(authority)\(target.prefix { $0 != "?" })" }

    /// What `Location` means from here (RFC 3986, 5.2); nil for what is no such URL.
    func resolve(_ location: String) -> RegistryURL? {
        guard Self.isPlain(location) else { return nil }
        if location.contains("://"), let url = RegistryURL(location) { return url }
        if location.hasPrefix("//") { return RegistryURL("\(scheme):\(location)") }
        var result = self
        if location.hasPrefix("/") {
            result.target = location
        } else if location.hasPrefix("?") {
            result.target = target.prefix { $0 != "?" } + location
        } else if !location.contains(":") {
            let folder = target.prefix { $0 != "?" }
            let end = folder.lastIndex(of: "/") ?? folder.startIndex
            result.target = folder[...end] + location
        } else {
            return nil
        }
        return result
    }

    /// The same with another member of the query.
    func adding(_ name: String, _ value: String) -> RegistryURL {
        var result = self
        result.target += (target.contains("?") ? "&" : "?") + name + "=" + Self.escape(value)
        return result
    }

    /// Everything but unreserved characters escaped.
    static func escape(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            if (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-._~".utf8.contains(byte)
            {
                result.unicodeScalars.append(UnicodeScalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }

    /// The bytes behind escapes.
    static func percentDecoded(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let value = UInt8(String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
            {
                result.append(value)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    /// `host:5000` as host and port; `[::1]` has none.
    static func splitPort(_ text: String) -> (host: String, port: Int?) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0,
            text[colon...].utf8.dropFirst().first != UInt8(ascii: "+")
        else { return (text, nil) }
        let host = text[..<colon]
        if host.contains(":"), !host.hasSuffix("]") { return (text, nil) }
        return (String(host), Int(port))
    }
}
