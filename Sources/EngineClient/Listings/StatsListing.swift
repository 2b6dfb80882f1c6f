public import EngineAPI

/// What one container uses, from the samples of `GET /containers/{id}/stats`. The arithmetic is that of Docker's
/// command.
public struct StatsEntry: Hashable, Sendable {
    /// The container as the command line names it.
    public let container: String
    private(set) var id = ""
    private(set) var name = ""
    /// Percent of one processor.
    private(set) var processor = 0.0
    /// Bytes in memory, without what could be read again from files.
    private(set) var memory: Int64 = 0
    private(set) var memoryLimit: Int64 = 0
    private(set) var received: Int64 = 0
    private(set) var sent: Int64 = 0
    private(set) var read: Int64 = 0
    private(set) var written: Int64 = 0
    private(set) var processes: Int64 = 0
    /// Whether no sample has come for so long that the last one means nothing.
    private(set) var isLost = false

    /// Nothing is known yet.
    public init(_ container: String) {
        self.container = container
    }

    /// Takes a sample in.
    public mutating func take(_ sample: JSONValue) {
        isLost = false
        id = sample.text("id").isEmpty ? sample.text("ID") : sample.text("id")
        name = sample.text("name")
        processor = StatsEntry.processor(sample)
        let usage = sample["memory_stats"] ?? .null
        memory = StatsEntry.memory(usage)
        memoryLimit = usage.number("limit")
        let networks = sample["networks"]?.members.map(\.value) ?? []
        received = networks.reduce(0) { $0 &+ $1.number("rx_bytes") }
        sent = networks.reduce(0) { $0 &+ $1.number("tx_bytes") }
        let transfers = sample["blkio_stats"]?["io_service_bytes_recursive"]?.elements ?? []
        func bytes(_ letter: String) -> Int64 {
            transfers.filter { $0.text("op").lowercased().hasPrefix(letter) }.reduce(0) { $0 &+ $1.number("value") }
        }
        read = bytes("r")
        written = bytes("w")
        processes = sample["pids_stats"]?.number("current") ?? 0
    }

    /// Forgets the last sample: it is too old.
    public mutating func lose() {
        let (id, name) = (id, name)
        self = StatsEntry(container)
        self.id = id
        self.name = name
        isLost = true
    }

    /// The share of the machine's time since the sample before, times the machine's processors.
    private static func processor(_ sample: JSONValue) -> Double {
        let now = sample["cpu_stats"] ?? .null
        let before = sample["precpu_stats"] ?? .null
        let own = (now["cpu_usage"]?.number("total_usage") ?? 0) - (before["cpu_usage"]?.number("total_usage") ?? 0)
        let machine = now.number("system_cpu_usage") - before.number("system_cpu_usage")
        var processors = now.number("online_cpus")
        if processors == 0 { processors = Int64(now["cpu_usage"]?["percpu_usage"]?.elements.count ?? 0) }
        if own <= 0 || machine <= 0 { return 0 }
        return Double(own) / Double(machine) * Double(processors) * 100
    }

    private static func memory(_ usage: JSONValue) -> Int64 {
        let total = usage.number("usage")
        let details = usage["stats"] ?? .null
        let cached = details["total_inactive_file"]?.integer ?? details.number("inactive_file")
        return cached < total ? total - cached : total
    }

    /// Percent of the limit.
    var memoryShare: Double { memoryLimit == 0 ? 0 : Double(memory) / Double(memoryLimit) * 100 }
}

/// `stats`: what containers use, in a table.
public enum StatsListing {
    private static let nothing = "--"

    /// How the listing prints.
    public static let format = TableFormat(
        table: "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}",
        quiet: "{{.ID}}",
        headers: [
            "Container": "CONTAINER", "Name": "NAME", "ID": "CONTAINER ID", "CPUPerc": "CPU %",
            "MemUsage": "MEM USAGE / LIMIT", "MemPerc": "MEM %", "NetIO": "NET I/O", "BlockIO": "BLOCK I/O",
            "PIDs": "PIDS",
        ])

    /// One row for each container, in their order.
    public static func rows(_ stats: [StatsEntry], truncated: Bool) -> [TableRow] {
        stats.map { entry in
            func known(_ text: String, _ otherwise: String = nothing) -> JSONValue {
                .string(entry.isLost ? otherwise : text)
            }
            func pair(_ one: Int64, _ other: Int64) -> String {
                HumanUnits.size(one, digits: 3) + " / " + HumanUnits.size(other, digits: 3)
            }
            return TableRow([
                "Container": .string(entry.container),
                "ID": .string(truncated ? Shortened.id(entry.id) : entry.id),
                "Name": .string(entry.name.count > 1 ? String(entry.name.dropFirst()) : nothing),
                "CPUPerc": known(percent(entry.processor)),
                "MemUsage": known(
                    HumanUnits.binarySize(entry.memory) + " / " + HumanUnits.binarySize(entry.memoryLimit),
                    "-- / --"),
                "MemPerc": known(percent(entry.memoryShare)),
                "NetIO": known(pair(entry.received, entry.sent)), "BlockIO": known(pair(entry.read, entry.written)),
                "PIDs": known(String(entry.processes)),
            ])
        }
    }

    /// A text that is drawn over the one before it on a terminal: from the top left corner, with the rest of each line
    /// and of the screen emptied.
    public static func redrawn(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return "\u{1b}[H" + lines.joined(separator: "\u{1b}[K\n") + "\u{1b}[J"
    }

    /// Two digits after the point.
    static func percent(_ value: Double) -> String {
        let hundredths = Int64((value * 100).rounded(.toNearestOrEven))
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)%"
    }
}
