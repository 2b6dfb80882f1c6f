import ContainerNetworking
import EngineAPI
import Logging

extension Engine {
    /// Watches what others do to the host's network; see docs/repair.md.
    func watchNetwork() async {
        do throws(NetworkError) {
            try await network.watch(configuration.networkRepair) { [weak self] incident in self?.tell(of: incident) }
        } catch {
            logger.error("what others do to the network is not noticed", metadata: ["error": "\(error)"])
        }
    }

    /// Tells the journal, and whoever listens to events, of what somebody else did to the engine's network and what
    /// became of it: `meddled`, then `repaired`.
    func tell(of incident: NetworkIncident) {
        let words = IncidentWords(incident)
        logger.log(level: words.level, "\(words.headline)", metadata: words.fields.mapValues { "\($0)" })
        var attributes = words.fields
        let networks = incident.networks
        if !networks.isEmpty { attributes["name"] = networks.map(\.name).joined(separator: ",") }
        if networks.count == 1 { attributes["type"] = networks[0].driver }
        let id = networks.count == 1 ? networks[0].id : ""
        for action in words.actions { publish("network", action, id: id, attributes) }
    }
}

/// An incident in words, for the journal and for events. Pure.
struct IncidentWords: Hashable, Sendable {
    /// The journal's line.
    let headline: String
    /// What the line and the events say beside it.
    let fields: [String: String]
    /// How loud.
    let level: Logger.Level
    /// The events that it makes.
    let actions: [String]

    init(_ incident: NetworkIncident) {
        var fields = ["changes": Self.joined(incident.changes)]
        if !incident.culprits.isEmpty { fields["by"] = Self.joined(incident.culprits.map(\.description)) }
        if !incident.repairs.isEmpty { fields["repairs"] = Self.joined(incident.repairs) }
        switch incident.outcome {
        case .restored(let microseconds):
            fields["milliseconds"] = "\(microseconds / 1000).\(microseconds / 100 % 10)"
            fields["repair"] = "done"
            headline = "somebody changed the engine's network; it is restored"
            level = .warning
            actions = ["meddled", "repaired"]
        case .left:
            fields["repair"] = "off"
            headline = "somebody changed the engine's network; it is left so, by --network-repair=warn"
            level = .warning
            actions = ["meddled"]
        case .failed(let why):
            fields["repair"] = "failed"
            fields["error"] = why
            headline = "somebody changed the engine's network; it cannot be restored"
            level = .error
            actions = ["meddled"]
        case .heldBack(let seconds):
            fields["repair"] = "held back"
            fields["seconds"] = "\(seconds)"
            headline =
                "somebody changes the engine's network over and over: the next repair waits. Find out who and stop it, "
                + "or start the daemon with --network-repair=warn"
            level = .warning
            actions = ["meddled"]
        }
        self.fields = fields
    }

    /// A few, and how many more.
    private static func joined(_ texts: [String]) -> String {
        let shown = texts.prefix(8).joined(separator: "; ")
        return texts.count > 8 ? "\(shown); and \(texts.count - 8) more" : shown
    }
}
