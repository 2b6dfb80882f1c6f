/// How the engine answers where somebody else changes what is its own (`--network-repair`).
public enum NetworkRepairMode: String, Hashable, Sendable, CaseIterable {
    /// It brings back what is its own.
    case restore
    /// It says so, and leaves it as it is.
    case warn
}

/// Who changed something, as far as the kernel tells.
public struct Culprit: Hashable, Sendable, CustomStringConvertible {
    /// The process, or the thread of it that did it; 0 where the kernel does not tell.
    public var pid: Int32
    /// Its name; empty where it had ended before it could be asked.
    public var program: String

    /// Joins the two.
    public init(pid: Int32, program: String) {
        self.pid = pid
        self.program = program
    }

    /// `iptables (process 4711)`.
    public var description: String { program.isEmpty ? "process \(pid)" : "\(program) (process \(pid))" }
}

/// Somebody else changed what is the engine's.
public struct NetworkIncident: Hashable, Sendable {
    /// What became of it.
    public enum Outcome: Hashable, Sendable {
        /// All is as it was, so many microseconds after the kernel told.
        case restored(microseconds: Int)
        /// It was left, since the engine is to warn only.
        case left
        /// It could not be mended; why.
        case failed(String)
        /// It happens over and over: the next look is in so many seconds.
        case heldBack(seconds: Int)
    }

    /// What was changed, in words.
    public var changes: [String]
    /// By whom; empty where the kernel does not tell.
    public var culprits: [Culprit]
    /// The networks whose devices it concerns; empty where it concerns the host as a whole.
    public var networks: [NetworkRecord]
    /// What brings it back, or would, as one would type it; of the firewall's rules only how many lines.
    public var repairs: [String]
    /// What became of it.
    public var outcome: Outcome
}

/// What was heard and not yet looked into.
struct Meddling: Sendable {
    var changes: [String] = []
    var culprits: [Culprit] = []
    /// Ids of the networks whose devices are concerned.
    var networks: [String] = []
    /// Devices that are concerned, by name.
    var devices: Set<String> = []
    /// Whether devices, addresses, routes or parameters are concerned.
    var concernsDevices = false
    /// Whether it is not known which.
    var concernsAll = false
    /// Whether the firewall's rules are.
    var concernsRules = false
    /// When the first of it was heard.
    var since: ContinuousClock.Instant?
    /// How often a repair of it has failed.
    var failures = 0

    var isEmpty: Bool { !concernsDevices && !concernsRules }

    mutating func add(_ change: String, by culprit: Culprit?, network: String? = nil) {
        if !changes.contains(change) { changes.append(change) }
        if let culprit, !culprits.contains(culprit) { culprits.append(culprit) }
        if let network, !networks.contains(network) { networks.append(network) }
        since = since ?? .now
    }

    /// Takes in what was heard earlier.
    mutating func merge(_ earlier: Meddling) {
        changes = earlier.changes + changes.filter { !earlier.changes.contains($0) }
        culprits = earlier.culprits + culprits.filter { !earlier.culprits.contains($0) }
        networks = earlier.networks + networks.filter { !earlier.networks.contains($0) }
        devices.formUnion(earlier.devices)
        concernsAll = concernsAll || earlier.concernsAll
        concernsDevices = concernsDevices || earlier.concernsDevices
        concernsRules = concernsRules || earlier.concernsRules
        since = earlier.since ?? since
        failures = max(failures, earlier.failures)
    }
}
