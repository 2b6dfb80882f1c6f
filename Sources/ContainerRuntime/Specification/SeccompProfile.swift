import EngineAPI
import Glibc
import Synchronization
import SystemCalls

/// A list of system calls with what becomes of them, as Docker and containers-common write it: rules may hold for some
/// machines, kernels and capabilities only. `resolved` turns it into the OCI form for one container.
public final class SeccompProfile: Sendable {
    private let document: Document
    /// What was resolved before: the same few sets of capabilities come again and again.
    private let cache = Mutex<[Set<String>: [UInt8]]>([:])

    /// Reads a profile.
    ///
    /// - Throws: `RuntimeError` of kind `invalid`, in Docker's words.
    public init(json: [UInt8]) throws(RuntimeError) {
        do {
            document = try JSONText.decode(Document.self, from: json)
        } catch {
            throw RuntimeError("decoding seccomp profile failed: \(error)", kind: .invalid)
        }
    }

    init(_ document: Document) { self.document = document }

    /// The value of `linux.seccomp` for a container with these capabilities on this machine.
    func resolved(capabilities: [String]) -> [UInt8] {
        let set = Set(capabilities)
        if let bytes = cache.withLock({ $0[set] }) { return bytes }
        let bytes = resolved(capabilities: set, machine: .current)
        cache.withLock { cache in
            if cache.count >= 32 { cache.removeAll() }
            cache[set] = bytes
        }
        return bytes
    }

    /// The same for any machine.
    func resolved(capabilities: Set<String>, machine: Machine) -> [UInt8] {
        var writer = JSONWriter(capacity: 16384)
        writer.object { writer in
            writer.member("defaultAction", document.defaultAction)
            if let code = document.defaultErrnoRet { writer.member("defaultErrnoRet", code) }
            let map = document.archMap?.first { $0.architecture == machine.seccompArchitecture }
            let architectures = document.architectures ?? map.map { [$0.architecture] + ($0.subArchitectures ?? []) }
            if let architectures, !architectures.isEmpty { writer.member("architectures", architectures) }
            writer.key("syscalls")
            writer.array(applicable(capabilities, machine)) { writer, rule in
                writer.object { writer in
                    writer.member("names", rule.names)
                    writer.member("action", rule.action)
                    if let code = rule.errnoRet { writer.member("errnoRet", code) }
                    guard let arguments = rule.args, !arguments.isEmpty else { return }
                    writer.key("args")
                    writer.array(arguments) { writer, argument in
                        writer.object { writer in
                            writer.member("index", argument.index)
                            writer.member("value", argument.value)
                            writer.member("valueTwo", argument.valueTwo ?? 0)
                            writer.member("op", argument.op)
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    /// The rules that hold, each once (libseccomp refuses the same rule twice, and profiles have some); those that
    /// plainly allow are put together.
    private func applicable(_ capabilities: Set<String>, _ machine: Machine) -> [Rule] {
        var allowed = Rule(names: [], action: "SCMP_ACT_ALLOW")
        var others: [Rule] = []
        var seen: Set<RuleEffect> = []
        for rule in document.syscalls where rule.holds(capabilities, machine) {
            var rule = rule
            rule.names += rule.name.map { [$0] } ?? []
            if rule.action == allowed.action, rule.args?.isEmpty != false {
                allowed.names += rule.names
            } else if seen.insert(RuleEffect(rule)).inserted {
                others.append(rule)
            }
        }
        // First, as profiles have it: on 32-bit x86 libseccomp refuses a plain rule for socketcall after one for socket.
        return allowed.names.isEmpty ? others : [allowed] + others
    }

    /// What rules may depend on.
    struct Machine: Hashable, Sendable {
        /// The processor as Go names it: `amd64`.
        var architecture: String
        /// The processor as libseccomp names it: `SCMP_ARCH_X86_64`.
        var seccompArchitecture: String
        /// The kernel's version, major and minor.
        var kernel: [Int]

        /// This one.
        static let current = Machine(
            architecture: name.0, seccompArchitecture: name.1,
            kernel: version((try? FileSystem.readText("/proc/sys/kernel/osrelease")) ?? ""))

        /// `6.18.44-x` is 6, 18.
        static func version(_ text: String) -> [Int] {
            text.split { $0 == "." || $0 == "-" || $0.isWhitespace }.prefix(2).compactMap { Int($0) }
        }

        #if arch(x86_64)
            private static let name = ("amd64", "SCMP_ARCH_X86_64")
        #elseif arch(arm64)
            private static let name = ("arm64", "SCMP_ARCH_AARCH64")
        #elseif arch(s390x)
            private static let name = ("s390x", "SCMP_ARCH_S390X")
        #elseif arch(powerpc64le)
            private static let name = ("ppc64le", "SCMP_ARCH_PPC64LE")
        #elseif arch(riscv64)
            private static let name = ("riscv64", "SCMP_ARCH_RISCV64")
        #else
            private static let name = ("unknown", "unknown")
        #endif
    }

    struct Document: Decodable {
        var defaultAction: String
        var defaultErrnoRet: UInt32?
        var architectures: [String]?
        var archMap: [Architecture]?
        var syscalls: [Rule]
    }

    struct Architecture: Decodable {
        var architecture: String
        var subArchitectures: [String]?

        init(_ architecture: String, _ others: [String]) {
            self.architecture = architecture
            subArchitectures = others
        }
    }

    struct Rule: Decodable {
        var names: [String]
        var name: String?
        var action: String
        var errnoRet: UInt32?
        var args: [Argument]?
        var includes: Condition?
        var excludes: Condition?

        init(
            names: [String], action: String, errnoRet: UInt32? = nil, args: [Argument]? = nil,
            includes: Condition? = nil, excludes: Condition? = nil
        ) {
            self.names = names
            self.action = action
            self.errnoRet = errnoRet
            self.args = args
            self.includes = includes
            self.excludes = excludes
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            names = try values.decodeIfPresent([String].self, forKey: .names) ?? []
            name = try values.decodeIfPresent(String.self, forKey: .name)
            action = try values.decode(String.self, forKey: .action)
            errnoRet = try values.decodeIfPresent(UInt32.self, forKey: .errnoRet)
            args = try values.decodeIfPresent([Argument].self, forKey: .args)
            includes = try values.decodeIfPresent(Condition.self, forKey: .includes)
            excludes = try values.decodeIfPresent(Condition.self, forKey: .excludes)
        }

        enum CodingKeys: String, CodingKey { case names, name, action, errnoRet, args, includes, excludes }

        func holds(_ capabilities: Set<String>, _ machine: Machine) -> Bool {
            if let includes {
                if let arches = includes.arches, !arches.isEmpty, !arches.contains(machine.architecture) {
                    return false
                }
                if !(includes.caps ?? []).allSatisfy(capabilities.contains) { return false }
                if let least = includes.minKernel, machine.isOlder(than: least) { return false }
            }
            if let excludes {
                if excludes.arches?.contains(machine.architecture) == true { return false }
                if (excludes.caps ?? []).contains(where: capabilities.contains) { return false }
                if let least = excludes.minKernel, !machine.isOlder(than: least) { return false }
            }
            return true
        }
    }

    /// What a rule does, whatever it depends on.
    private struct RuleEffect: Hashable {
        var names: [String]
        var action: String
        var errnoRet: UInt32?
        var args: [Argument]

        init(_ rule: Rule) {
            names = rule.names
            action = rule.action
            errnoRet = rule.errnoRet
            args = rule.args ?? []
        }
    }

    struct Argument: Decodable, Hashable {
        var index: UInt32
        var value: UInt64
        var valueTwo: UInt64?
        var op: String
    }

    struct Condition: Decodable {
        var arches: [String]?
        var caps: [String]?
        var minKernel: String?
    }
}

extension SeccompProfile.Machine {
    /// Whether the kernel is older than `4.8` and the like.
    func isOlder(than text: String) -> Bool {
        kernel.lexicographicallyPrecedes(Self.version(text))
    }
}
