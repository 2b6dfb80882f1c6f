public import EngineAPI
import Glibc
import SystemCalls

/// Single values of the options of `create`, `run` and `exec`, with Docker's refusals.
public enum ContainerValues {
    /// `1.5` CPUs in billionths.
    public static func nanoCPUs(_ text: String) throws(ValueError) -> Int64 {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? String(parts[1]) : ""
        guard let whole = Int64(parts[0].isEmpty ? "0" : String(parts[0])), !text.isEmpty,
            fraction.allSatisfy({ ("0"..."9").contains($0) })
        else { throw ValueError("failed to parse \(text) as a rational number") }
        if fraction.drop(while: { $0 != "0" }).count > 0, fraction.count > 9,
            fraction.dropFirst(9).contains(where: { $0 != "0" })
        {
            throw ValueError("value is too precise")
        }
        let digits = String((fraction + "000000000").prefix(9))
        let (product, overflow) = whole.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow, let nanos = Int64(digits) else {
            throw ValueError("failed to parse \(text) as a rational number")
        }
        return text.hasPrefix("-") ? product - nanos : product + nanos
    }

    /// `nofile=1024:2048`.
    public static func ulimit(_ text: String) throws(ValueError) -> Ulimit {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw ValueError("invalid ulimit argument: \(text)") }
        let kinds = [
            "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio",
            "rttime", "sigpending", "stack",
        ]
        guard kinds.contains(parts[0]) else { throw ValueError("invalid ulimit type: \(parts[0])") }
        let limits = parts[1].split(separator: ":", omittingEmptySubsequences: false)
        if limits.count > 2 {
            throw ValueError("too many limit value arguments - \(parts[1]), can only have up to two, `soft[:hard]`")
        }
        var numbers: [Int64] = []
        for limit in limits {
            guard let number = Int64(limit) else {
                throw ValueError("strconv.ParseInt: parsing \"\(limit)\": invalid syntax")
            }
            numbers.append(number)
        }
        let soft = numbers[0]
        let hard = numbers.count == 2 ? numbers[1] : soft
        if hard != -1, soft > hard || soft == -1 {
            throw ValueError("ulimit soft limit must be less than or equal to hard limit: \(soft) > \(hard)")
        }
        return Ulimit(name: parts[0], hard: hard, soft: soft)
    }

    /// `name:address` or `name=address`, as `name:address`.
    public static func extraHost(_ text: String) throws(ValueError) -> String {
        guard let end = text.firstIndex(where: { $0 == "=" }) ?? text.firstIndex(of: ":"), end != text.startIndex else {
            throw ValueError("bad format for add-host: \"\(text)\"")
        }
        var address = String(text[text.index(after: end)...])
        if address.hasPrefix("["), address.hasSuffix("]") { address = String(address.dropFirst().dropLast()) }
        guard address == "host-gateway" || AddressText.isAddress(address) else {
            throw ValueError("invalid IP address in add-host: \"\(address)\"")
        }
        return text[..<end] + ":" + address
    }

    /// `no`, `always`, `unless-stopped`, `on-failure:3`.
    public static func restartPolicy(_ text: String) throws(ValueError) -> RestartPolicy {
        if text.isEmpty { return RestartPolicy() }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2, parts[0].isEmpty {
            throw ValueError("invalid restart policy format: no policy provided before colon")
        }
        guard parts.count == 2, !parts[1].isEmpty else { return RestartPolicy(name: parts[0]) }
        guard let count = Int(parts[1]) else {
            throw ValueError("invalid restart policy format: maximum retry count must be an integer")
        }
        return RestartPolicy(name: parts[0], maximumRetryCount: count)
    }

    /// `/dev/a:/dev/b:rwm`.
    public static func device(_ text: String) throws(ValueError) -> DeviceMapping {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard let source = parts.first, !source.isEmpty, parts.count <= 3 else {
            throw ValueError("bad format for path: \(text)")
        }
        let isMode = { (text: String) in
            !text.isEmpty && text.allSatisfy { "rwm".contains($0) } && Set(text).count == text.count
        }
        var mapping = DeviceMapping(pathOnHost: source, pathInContainer: source, cgroupPermissions: "rwm")
        if parts.count == 2, isMode(parts[1]) {
            mapping.cgroupPermissions = parts[1]
        } else if parts.count > 1 {
            mapping.pathInContainer = parts[1]
        }
        if parts.count == 3 {
            guard isMode(parts[2]) else { throw ValueError("bad mode specified: \(parts[2])") }
            mapping.cgroupPermissions = parts[2]
        }
        guard mapping.pathInContainer.hasPrefix("/") else {
            throw ValueError("\(mapping.pathInContainer) is not an absolute path")
        }
        return mapping
    }

    /// Variables from files and options: a bare name takes its value from this process' environment. From a file, a
    /// name that has none is left out; as an option it stays bare, which takes an image's variable away.
    public static func environment(
        files: [String], options: [String], inherited: (String) -> String?
    ) throws(ValueError) -> [String] {
        var result: [String] = []
        for path in files {
            for line in try lines(of: path) {
                let name = String(line.prefix { $0 != "=" })
                if name.contains(where: \.isWhitespace) {
                    throw ValueError("invalid env file (\(path)): variable '\(name)' contains whitespaces")
                }
                if name.isEmpty { throw ValueError("invalid env file (\(path)): no variable name on line '\(line)'") }
                if line.contains("=") {
                    result.append(line)
                } else if let value = inherited(name) {
                    result.append("\(name)=\(value)")
                }
            }
        }
        for option in options {
            let bare = option.contains("=") ? nil : inherited(option)
            result.append(bare.map { "\(option)=\($0)" } ?? option)
        }
        return result
    }

    /// `k=v` pairs from files and options; later ones win.
    public static func labels(files: [String], options: [String]) throws(ValueError) -> [String: String] {
        var all: [String] = []
        for path in files { all += try lines(of: path) }
        return pairs(all + options)
    }

    /// `k=v` texts as a dictionary; later ones win, no `=` means an empty value.
    public static func pairs(_ texts: [String]) -> [String: String] {
        var result: [String: String] = [:]
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if let name = parts.first { result[String(name)] = parts.count == 2 ? String(parts[1]) : "" }
        }
        return result
    }

    /// The lines of a file that are neither empty nor comments, without spaces in front.
    private static func lines(of path: String) throws(ValueError) -> [String] {
        let text: String
        do {
            text = try FileSystem.readText(path)
        } catch {
            throw ValueError("open \(path): \(error.errno.description.lowercasedFirst)")
        }
        return text.split(whereSeparator: \.isNewline).map { String($0.drop { $0 == " " || $0 == "\t" }) }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
    }

    /// Security options as they are sent: the name of a seccomp profile gives way to the profile itself.
    public static func securityOptions(_ texts: [String]) throws(ValueError) -> [String] {
        var result: [String] = []
        for text in texts {
            let sign = text.firstIndex(of: "=") ?? text.firstIndex(of: ":")
            let name = String(text[..<(sign ?? text.endIndex)])
            let value = sign.map { String(text[text.index(after: $0)...]) } ?? ""
            if name != "no-new-privileges", value.isEmpty { throw ValueError("Invalid --security-opt: \"\(text)\"") }
            guard name == "seccomp", value != "unconfined", value != "builtin" else {
                result.append(text)
                continue
            }
            do {
                let profile = try JSONValue(parsing: try FileSystem.readBytes(value))
                result.append("seccomp=" + profile.compact)
            } catch let error as SystemCallError {
                throw ValueError("opening seccomp profile (\(value)) failed: \(error)")
            } catch {
                throw ValueError("compacting json for seccomp profile (\(value)) failed: \(error)")
            }
        }
        return result
    }
}

/// Questions to the C library about addresses.
enum AddressText {
    /// Whether the text is an IPv4 or IPv6 address.
    static func isAddress(_ text: String) -> Bool {
        var space = in6_addr()
        return unsafe inet_pton(AF_INET, text, &space) == 1 || inet_pton(AF_INET6, text, &space) == 1
    }

    /// Whether the text is a hardware address of six bytes: `02:42:ac:11:00:02`.
    static func isHardwareAddress(_ text: String) -> Bool {
        for separator in [":", "-"] as [Character] {
            let parts = text.split(separator: separator, omittingEmptySubsequences: false)
            if parts.count == 6, parts.allSatisfy({ $0.count == 2 && UInt8($0, radix: 16) != nil }) { return true }
        }
        return false
    }
}

extension String {
    /// With a small first letter, as Go writes the kernel's words.
    public var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
