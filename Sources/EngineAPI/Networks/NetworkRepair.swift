/// The answer of `POST /causeway/networks/{id}/repair`, an operation of Causeway's own.
public struct NetworkRepairResponse: Codable, Hashable, Sendable {
    /// The network's name.
    public var network: String
    /// Whether nothing was changed.
    public var dryRun: Bool
    /// The steps as commands of a shell, in order; one may have several lines. Empty where nothing is amiss.
    public var commands: [String]

    /// Describes a repair.
    public init(network: String, dryRun: Bool, commands: [String]) {
        self.network = network
        self.dryRun = dryRun
        self.commands = commands
    }

    private enum CodingKeys: String, CodingKey {
        case network = "Network"
        case dryRun = "DryRun"
        case commands = "Commands"
    }
}
