/// What an image runs on, in the words of OCI images (image-index.md, `platform`).
public struct RegistryPlatform: Codable, Hashable, Sendable, CustomStringConvertible {
    /// GOARCH: `amd64`.
    public var architecture: String
    /// GOOS: `linux`.
    public var os: String
    /// The processor's variant: `v8`.
    public var variant: String?

    /// Joins the parts.
    public init(architecture: String, os: String, variant: String? = nil) {
        self.architecture = architecture
        self.os = os
        self.variant = variant
    }

    private enum CodingKeys: String, CodingKey {
        case architecture
        case os
        case variant
    }

    /// `linux/arm64/v8`.
    public var description: String { "\(os)/\(architecture)" + (variant.map { $0.isEmpty ? "" : "/" + $0 } ?? "") }

    /// The same platform however it is spelled: `arm64/v8` is `arm64`, `arm` is `arm/v7`, `amd64/v1` is `amd64`
    /// (github.com/containerd/platforms, normalizeArch).
    var normalized: RegistryPlatform {
        var result = self
        switch architecture.lowercased() {
        case "x86_64", "x86-64", "amd64":
            result.architecture = "amd64"
            if variant == "v1" { result.variant = nil }
        case "aarch64", "arm64":
            result.architecture = "arm64"
            if variant == "8" || variant == "v8" { result.variant = nil }
        case "i386", "i486", "i586", "i686", "386":
            result.architecture = "386"
            result.variant = nil
        case "armhf":
            result.architecture = "arm"
            result.variant = nil
        case "armel":
            result.architecture = "arm"
            result.variant = "v6"
        default: result.architecture = architecture.lowercased()
        }
        if result.architecture == "arm" {
            if result.variant == nil || result.variant == "" || result.variant == "7" { result.variant = "v7" }
            if let digit = result.variant, digit == "5" || digit == "6" || digit == "8" { result.variant = "v" + digit }
        }
        if result.variant == "" { result.variant = nil }
        result.os = os.lowercased()
        return result
    }

    /// The platforms that a machine of this platform runs, best first (containerd/platforms, platformVector): a later
    /// ARM runs an earlier one's programs, a 64-bit machine those of its 32-bit forebear.
    var runnable: [RegistryPlatform] {
        let own = normalized
        func other(_ architecture: String, _ variant: String? = nil) -> RegistryPlatform {
            RegistryPlatform(architecture: architecture, os: own.os, variant: variant)
        }
        func level(_ text: String?) -> Int { Int((text ?? "").drop { !$0.isNumber }.prefix { $0.isNumber }) ?? 0 }
        switch own.architecture {
        case "amd64":
            let lower = own.variant.map { variant in
                stride(from: level(variant) - 1, through: 2, by: -1).map { other("amd64", "v\($0)") } + [other("amd64")]
            }
            return [own] + (lower ?? []) + [other("386")]
        case "arm":
            return [own] + stride(from: level(own.variant) - 1, through: 5, by: -1).map { other("arm", "v\($0)") }
        case "arm64":
            return [own] + (own.variant == nil ? [] : [other("arm64")])
                + [other("arm", "v8"), other("arm", "v7"), other("arm", "v6"), other("arm", "v5")]
        default: return [own]
        }
    }
}

extension RegistryPlatform {
    /// Whether a machine of this platform runs programs of another.
    public func runs(_ other: RegistryPlatform) -> Bool { runnable.contains(other.normalized) }
}

extension [BlobDescriptor] {
    /// The manifest of an index that fits a platform best; one that names no platform fits any, last.
    ///
    /// - Throws: `.notFound` in Docker's words.
    public func choose(for platform: RegistryPlatform) throws(RegistryError) -> BlobDescriptor {
        let candidates = filter { $0.annotations?["vnd.docker.reference.type"] != "attestation-manifest" }
        for wanted in platform.runnable {
            if let found = candidates.first(where: { $0.platform?.normalized == wanted }) { return found }
        }
        if let found = candidates.first(where: { $0.platform == nil }) { return found }
        let offered = candidates.compactMap { $0.platform?.description }.filter { $0 != "unknown/unknown" }
        throw RegistryError(
            .notFound,
            "no matching manifest for \(platform) in the manifest list entries"
                + (offered.isEmpty ? "" : ", which are for \(offered.joined(separator: ", "))"))
    }
}
