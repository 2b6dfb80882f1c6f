import EngineAPI
import SystemCalls

/// The resource limits that containers inherit from the engine, and whether they can be raised.
public struct ProcessLimits: Hashable, Sendable {
    /// A soft and a hard limit; `UInt64.max` is none.
    public struct Limit: Hashable, Sendable {
        /// What holds.
        public var soft: UInt64
        /// How far the process may raise it.
        public var hard: UInt64

        /// Joins the two.
        public init(soft: UInt64, hard: UInt64) {
            self.soft = soft
            self.hard = hard
        }
    }

    /// By name as Docker's `--ulimit` has it: `nofile`.
    public var inherited: [String: Limit]
    /// The score that tells the kernel whom to kill first, proc(5): `oom_score_adj`.
    public var oomScoreAdjustment: Int
    /// Whether limits can be raised and the score lowered: CAP_SYS_RESOURCE.
    public var canRaise: Bool

    /// Describes limits.
    public init(inherited: [String: Limit] = [:], oomScoreAdjustment: Int = 0, canRaise: Bool = true) {
        self.inherited = inherited
        self.oomScoreAdjustment = oomScoreAdjustment
        self.canRaise = canRaise
    }

    /// This process' own, read once.
    public static let current = ProcessLimits(
        inherited: parse((try? FileSystem.readText("/proc/self/limits")) ?? ""),
        oomScoreAdjustment: (try? FileSystem.readText("/proc/self/oom_score_adj")).flatMap { text in
            Int(text.filter { !$0.isWhitespace })
        } ?? 0,
        canRaise: Capabilities.available.contains("CAP_SYS_RESOURCE"))

    /// The names of `/proc/self/limits`, proc(5), by those of `--ulimit`.
    private static let names = [
        "core": "Max core file size", "cpu": "Max cpu time", "data": "Max data size", "fsize": "Max file size",
        "locks": "Max file locks", "memlock": "Max locked memory", "msgqueue": "Max msgqueue size",
        "nice": "Max nice priority", "nofile": "Max open files", "nproc": "Max processes", "rss": "Max resident set",
        "rtprio": "Max realtime priority", "rttime": "Max realtime timeout", "sigpending": "Max pending signals",
        "stack": "Max stack size",
    ]

    /// Reads `/proc/self/limits`.
    static func parse(_ text: String) -> [String: Limit] {
        var result: [String: Limit] = [:]
        for line in text.split(separator: "\n") {
            guard let (name, title) = names.first(where: { line.hasPrefix($0.value) }) else { continue }
            let numbers = line.dropFirst(title.count).split(separator: " ").prefix(2).map { field in
                field == "unlimited" ? UInt64.max : UInt64(field) ?? 0
            }
            if numbers.count == 2 { result[name] = Limit(soft: numbers[0], hard: numbers[1]) }
        }
        return result
    }

    /// What a container gets: what was asked for, held within the inherited hard limit where it cannot be raised.
    ///
    /// - Throws: `RuntimeError` of kind `invalid`, in Docker's words.
    func resolve(_ ulimit: Ulimit) throws(RuntimeError) -> Limit {
        guard Self.names[ulimit.name] != nil else {
            throw RuntimeError("invalid ulimit type: \(ulimit.name)", kind: .invalid)
        }
        let soft = ulimit.soft < 0 ? UInt64.max : UInt64(ulimit.soft)
        let hard = ulimit.hard < 0 ? UInt64.max : UInt64(ulimit.hard)
        guard soft <= hard else {
            throw RuntimeError(
                "ulimit soft limit must be less than or equal to hard limit: \(ulimit.soft) > \(ulimit.hard)",
                kind: .invalid)
        }
        guard !canRaise, let own = inherited[ulimit.name] else { return Limit(soft: soft, hard: hard) }
        return Limit(soft: min(soft, own.hard), hard: min(hard, own.hard))
    }
}
