/// One fault of a container's network, as data: how it is made, from where to where it is seen, which words name its
/// cause, and what takes it back. For tests, for the table of `make faults` and for `causeway lab break`.
public struct Fault: Sendable, Hashable {
    /// Where a command runs.
    public enum Place: String, Sendable, Hashable {
        /// The lab's host.
        case host
        /// The network namespace of container red, with the host's programs.
        case red
        /// The network namespace of container blue, likewise.
        case blue
        /// The lab's internet.
        case internet
    }

    /// A command line for a shell. These variables are set: `RED_VETH`, `BLUE_VETH` (the host ends of both cables),
    /// `RED_MAC`, `BLUE_MAC`, `RED_PID`, `BLUE_PID`.
    public struct Step: Sendable, Hashable {
        /// Where it runs.
        public var place: Place
        /// The command line.
        public var command: String

        /// Describes a step.
        public init(_ place: Place, _ command: String) {
            self.place = place
            self.command = command
        }
    }

    /// Who can mend it.
    public enum Remedy: String, Sendable, Hashable {
        /// The commands that `why` prints.
        case printed
        /// Somebody beyond the uplink: no command of this host helps.
        case upstream
        /// Nothing is broken: a hint is all there is to give.
        case hint
    }

    /// The fault's name in the matrix: `L1`.
    public var id: String
    /// What is done, in a few words.
    public var title: String
    /// SOURCE of `causeway why`.
    public var source: String
    /// DESTINATION of `causeway why`; empty where `why` is asked about a device, which is then the source.
    public var destination: String
    /// What makes the fault, in order.
    public var inject: [Step]
    /// Words that the named cause holds, each of them.
    public var cause: [String]
    /// What takes it back, in order. The rules of iptables, and tables named `lab` of nft, are put back by whoever
    /// makes faults, not by these.
    public var undo: [Step]
    /// Who can mend it.
    public var remedy: Remedy
    /// What else to say to `why`: `--udp`.
    public var options = ""
    /// Whether `causeway map` is asked, and not `why`.
    public var asksMap = false
    /// What is made before the containers start, in order; only on the host.
    public var setup: [Step] = []
    /// A command of the host that succeeds only where this kernel and its programs can make the fault.
    public var needs = "true"
    /// The command that container red runs.
    public var redCommand: String
    /// More options of `run` for container red.
    public var redOptions: String
    /// Whether the containers red and blue are there.
    public var hasContainers: Bool

    /// Describes a fault.
    public init(
        _ id: String, _ title: String, from source: String = "red", to destination: String = "203.0.113.8",
        inject: [Step], cause: [String], undo: [Step] = [], remedy: Remedy = .printed,
        redCommand: String = "httpd -f -p 80", redOptions: String = "-p 8080:80", hasContainers: Bool = true
    ) {
        self.id = id
        self.title = title
        self.source = source
        self.destination = destination
        self.inject = inject
        self.cause = cause
        self.undo = undo
        self.remedy = remedy
        self.redCommand = redCommand
        self.redOptions = redOptions
        self.hasContainers = hasContainers
    }

    /// All faults, in the order of the matrix.
    public static let matrix = links + addresses + filters + services + version6

    /// Other faults on the same paths: what the matrix does not name, to try the judging on what it was not made for.
    public static let others = otherLinks + otherAddresses + otherFilters + otherServices

    /// The fault with more words to `why`.
    func asking(_ options: String) -> Fault {
        var fault = self
        fault.options = options
        return fault
    }

    /// The fault with things made before the containers start.
    func after(_ setup: [Step]) -> Fault {
        var fault = self
        fault.setup = setup
        return fault
    }

    /// The fault as `causeway map` shows it.
    var onMap: Fault {
        var fault = self
        fault.asksMap = true
        return fault
    }

    /// The fault where a command succeeds.
    func needing(_ command: String) -> Fault {
        var fault = self
        fault.needs = command
        return fault
    }

    /// Whether it is made with chains that only the engine's iptables back end has.
    public var needsIPTables: Bool {
        let text = inject.map(\.command).joined()
        return ["DOCKER", "FORWARD -o docker0", "-F FORWARD", "-F POSTROUTING", "nat -I POSTROUTING -s 172.17.0.0"]
            .contains { text.contains($0) }
    }

    /// The fault of that name, whatever its case.
    public static func named(_ id: String) -> Fault? {
        (matrix + others).first { $0.id.uppercased() == id.uppercased() }
    }
}
