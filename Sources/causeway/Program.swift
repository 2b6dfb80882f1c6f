import EngineClient
import Glibc

/// What the program knows of itself.
enum Program {
    /// The program's version.
    static let version = "0.1.0"

    /// All of Docker's commands that Causeway has.
    static let tree = CommandTree(
        summary: "Containers on Linux, with a network that explains itself",
        common: ["run", "exec", "ps", "pull", "images", "map", "version", "info"],
        groups: [
            CommandGroup("container", "Manage containers"), CommandGroup("image", "Manage images"),
            CommandGroup("network", "Manage networks"), CommandGroup("system", "Manage Causeway"),
            CommandGroup("volume", "Manage volumes"),
        ],
        commands: RunCommands.all + StreamCommands.all + ContainerCommands.all + ChangeCommands.all + ImageCommands.all
            + RegistryCommands.all + LoginCommands.all + ArchiveCommands.all + NetworkCommands.all + VolumeCommands.all
            + SystemCommands.all
            + PruneCommands.all + CopyCommand.all + StatsCommand.all + InspectCommands.all + ExplainCommands.all,
        others: [("lab", "Bring up, use and remove a simulated host with an internet of its own")])

    /// A variable of the environment.
    static func environment(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
