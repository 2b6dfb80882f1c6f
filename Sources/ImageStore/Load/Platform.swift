import Glibc

/// What an image runs on, in the words of OCI images (GOOS, GOARCH).
public struct Platform: Codable, Hashable, Sendable, CustomStringConvertible {
    /// GOARCH: `amd64`.
    public var architecture: String
    /// GOOS: `linux`.
    public var os: String
    /// The processor's variant: `v8`.
    public var variant: String?

    /// The machine that this program runs on.
    public static let current: Platform = {
        var names = utsname()
        guard unsafe uname(&names) == 0 else { return Platform(architecture: "amd64", os: "linux") }
        let machine = unsafe withUnsafeBytes(of: &names.machine) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        switch machine {
        case "x86_64": return Platform(architecture: "amd64", os: "linux")
        case "aarch64": return Platform(architecture: "arm64", os: "linux", variant: "v8")
        case "armv7l", "armv8l": return Platform(architecture: "arm", os: "linux", variant: "v7")
        case "armv6l": return Platform(architecture: "arm", os: "linux", variant: "v6")
        case "i386", "i486", "i586", "i686": return Platform(architecture: "386", os: "linux")
        default: return Platform(architecture: machine, os: "linux")
        }
    }()

    /// Reads `os[/architecture[/variant]]`; what is left out is this machine's.
    ///
    /// - Throws: `.invalid`.
    public init(parsing text: String) throws(ImageError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else {
            throw ImageError(.invalid, "\"\(text)\" is an invalid platform: it is os/architecture[/variant]")
        }
        if parts[0] != "linux" {
            throw ImageError(.invalid, "image operating system \"\(parts[0])\" cannot be used on this platform")
        }
        self.init(
            architecture: parts.count > 1 ? parts[1] : Platform.current.architecture, os: parts[0],
            variant: parts.count > 2 ? parts[2] : (parts.count > 1 ? nil : Platform.current.variant))
    }

    /// Joins the parts.
    public init(architecture: String, os: String, variant: String? = nil) {
        self.architecture = architecture
        self.os = os
        self.variant = variant
    }

    /// Whether an image for this platform runs on `machine`.
    public func fits(_ machine: Platform) -> Bool {
        guard os == machine.os, architecture == machine.architecture else { return false }
        guard let variant, let other = machine.variant else { return true }
        return variant <= other
    }

    /// `linux/arm64/v8`.
    public var description: String { "\(os)/\(architecture)" + (variant.map { "/" + $0 } ?? "") }
}
