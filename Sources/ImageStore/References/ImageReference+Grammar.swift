extension ImageReference {
    /// Reads a name as people write it.
    ///
    /// - Throws: `.invalid` with Docker's words, such as `invalid reference format`.
    public init(parsing text: String) throws(ImageError) {
        if ContentDigest.isHex(text) {
            throw ImageError(
                .invalid, "invalid repository name (\(text)), cannot specify 64-byte hexadecimal strings")
        }
        let (domain, remainder) = Self.splitDomain(text)
        let repository = remainder.prefix { $0 != ":" }
        if repository.contains(where: { $0.isUppercase }) {
            throw ImageError(
                .invalid, "invalid reference format: repository name (\(repository)) must be lowercase")
        }
        let malformed = ImageError(.invalid, "invalid reference format")

        var name = Substring(remainder)
        var digest: String?
        if let at = name.firstIndex(of: "@") {
            let text = String(name[name.index(after: at)...])
            guard Self.looksLikeDigest(text) else { throw malformed }
            guard text.hasPrefix("sha256:") else { throw ImageError(.invalid, "unsupported digest algorithm") }
            guard text.utf8.count == 71 else { throw ImageError(.invalid, "invalid checksum digest length") }
            guard ContentDigest.isValid(text) else { throw ImageError(.invalid, "invalid checksum digest format") }
            digest = text
            name = name[..<at]
        }
        var tag: String?
        if let colon = name.lastIndex(of: ":") {
            let text = String(name[name.index(after: colon)...])
            guard Self.isTag(text) else { throw malformed }
            tag = text
            name = name[..<colon]
        }
        guard Self.isDomain(domain), !name.isEmpty,
            name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(Self.isPathComponent)
        else { throw malformed }
        if name.utf8.count > 255 {
            throw ImageError(.invalid, "repository name must not be more than 255 characters")
        }
        self.init(domain: domain, path: String(name), tag: tag, digest: digest)
    }

    /// Whether a name's first part is a registry: it has a dot, a port or capitals, or is `localhost`.
    static func isDomain(_ first: Substring) -> Bool {
        first.contains(".") || first.contains(":") || first == "localhost" || first.contains(where: \.isUppercase)
    }

    /// `docker.io/library/busybox` of `busybox`.
    private static func splitDomain(_ text: String) -> (domain: String, remainder: String) {
        var domain = "docker.io"
        var remainder = text
        if let slash = text.firstIndex(of: "/") {
            let first = text[..<slash]
            if isDomain(first) {
                domain = String(first)
                remainder = String(text[text.index(after: slash)...])
            }
        }
        if domain == "index.docker.io" { domain = "docker.io" }
        if domain == "docker.io", !remainder.contains("/") { remainder = "library/" + remainder }
        return (domain, remainder)
    }

    /// `[\w][\w.-]{0,127}`
    static func isTag(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128 else { return false }
        return isWord(first)
            && text.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    }

    /// `[a-z0-9]+` runs, joined by one dot, one or two underscores, or any number of dashes.
    private static func isPathComponent(_ text: Substring) -> Bool {
        var separator: [UInt8] = []
        var begun = false
        for byte in text.utf8 {
            if (97...122).contains(byte) || (48...57).contains(byte) {
                if !separator.isEmpty {
                    let joined = String(decoding: separator, as: UTF8.self)
                    guard begun, joined == "." || joined == "_" || joined == "__" || joined.allSatisfy({ $0 == "-" })
                    else { return false }
                }
                separator = []
                begun = true
            } else if [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte) {
                separator.append(byte)
            } else {
                return false
            }
        }
        return begun && separator.isEmpty
    }

    /// A host name or an IPv6 address in brackets, with an optional port.
    private static func isDomain(_ text: String) -> Bool {
        var host = Substring(text)
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return false }
            let address = host[host.index(after: host.startIndex)..<end]
            guard !address.isEmpty, address.utf8.allSatisfy({ isHexDigit($0) || $0 == UInt8(ascii: ":") }) else {
                return false
            }
            let rest = host[host.index(after: end)...]
            return rest.isEmpty || isPort(rest)
        }
        if let colon = host.firstIndex(of: ":") {
            guard isPort(host[colon...]) else { return false }
            host = host[..<colon]
        }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.utf8.first, let last = label.utf8.last else { return false }
            return isAlphanumeric(first) && isAlphanumeric(last)
                && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.first == ":" && text.utf8.count > 1 && text.utf8.dropFirst().allSatisfy { (48...57).contains($0) }
    }

    /// `algorithm:` and at least 32 hex digits.
    private static func looksLikeDigest(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":") else { return false }
        let algorithm = text[..<colon].utf8
        let digits = text[text.index(after: colon)...].utf8
        return !algorithm.isEmpty && algorithm.allSatisfy { isAlphanumeric($0) || "-_+.".utf8.contains($0) }
            && digits.count >= 32 && digits.allSatisfy(isHexDigit)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }

    private static func isWord(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || byte == UInt8(ascii: "_") }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
    }
}
