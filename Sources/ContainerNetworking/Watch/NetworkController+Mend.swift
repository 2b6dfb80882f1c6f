import Firewall
import Logging
import RouteNetlink
import SystemCalls

/// The state of the watch.
struct Watching {
    /// How incidents are answered.
    var mode = NetworkRepairMode.restore
    /// Who is told of them.
    var tell: @Sendable (NetworkIncident) -> Void = { _ in }
    /// Those who listen.
    var tasks: [Task<Void, Never>] = []
    /// What was heard and not yet looked into.
    var heard = Meddling()
    /// Who looks into it; nil where nobody needs to.
    var mending: Task<Void, Never>?
    /// Who tells firewalld; nil where nobody needs to.
    var telling: Task<Void, Never>?
    /// When.
    var pace = RepairPace()
    /// What was left last, so that it is told once.
    var lastLeft: [String] = []
}

extension NetworkController {
    /// The turn of those who compare the host's devices with what is wanted and change them; see `takeTurn`.
    static let devicesTurn = "the host's devices"

    /// Looks into what was heard, unless somebody does already.
    func startMending() {
        if watching.heard.isEmpty { return }
        watching.pace.hear(.now)
        if watching.mending == nil { watching.mending = Task { await mendAll() } }
    }

    private func mendAll() async {
        while !watching.heard.isEmpty, !Task.isCancelled {
            let pause = watching.pace.pauseBeforeLook(.now)
            if pause > .zero {
                tellOf(watching.heard, [], .heldBack(seconds: Int(pause.components.seconds)))
                do { try await Task.sleep(for: pause) } catch { break }
            }
            let heard = watching.heard
            watching.heard = Meddling()
            do {
                let repairs = try await mend(heard)
                watching.pace.looked(repaired: !repairs.isEmpty)
            } catch {
                watching.pace.looked(repaired: true)
                tellOf(heard, [], .failed("\(error)"))
                if heard.failures < 4 { watching.heard.merge(heard.failedAgain) }
            }
        }
        watching.mending = nil
    }

    /// Compares and brings back.
    ///
    /// - Returns: what was amiss, as what brings it back; empty where nothing was.
    private func mend(_ heard: Meddling) async throws -> [String] {
        guard let driver else { return [] }
        await takeTurn(Self.devicesTurn)
        defer { passTurn(Self.devicesTurn) }
        var heard = heard
        let isDry = watching.mode == .warn
        var repairs: [String] = []
        // The rules first: they hold by the time that something is forwarded.
        if heard.concernsRules {
            let change = try await firewall.restore(dryRun: isDry)
            let guarded = try await spoofingGuard?.restore(dryRun: isDry)
            let count = change.lines.count + change.linesIPv6.count + (guarded?.lines.count ?? 0)
            if count > 0 { repairs.append("\(count) lines of firewall rules") }
            for line in change.lines + change.linesIPv6 + (guarded?.lines ?? []) {
                logger.debug("firewall", metadata: ["line": "\(line)"])
            }
        }
        if heard.concernsDevices {
            let outlook = try await outlook(model, driver)
            // What is amiss elsewhere is on its way: somebody is being plugged in.
            if heard.isConfirmed(by: outlook) {
                for text in outlook.missing { heard.add(text, by: nil) }
                if !isDry {
                    try await carryOut(outlook.steps, driver)
                    try await plugAgain(outlook.lost)
                }
                repairs += outlook.commands
            }
        }
        // What was heard meanwhile may be mended already: then this is where it is told.
        for change in watching.heard.changes { heard.add(change, by: nil) }
        for culprit in watching.heard.culprits where !heard.culprits.contains(culprit) {
            heard.culprits.append(culprit)
        }
        if repairs.isEmpty {
            watching.lastLeft = []
        } else if isDry {
            if watching.lastLeft != repairs { tellOf(heard, repairs, .left) }
            watching.lastLeft = repairs
        } else {
            let time = (ContinuousClock.now - (heard.since ?? .now)) / .microseconds(1)
            tellOf(heard, repairs, .restored(microseconds: Int(time)))
        }
        return repairs
    }

    private func tellOf(_ heard: Meddling, _ repairs: [String], _ outcome: NetworkIncident.Outcome) {
        watching.tell(
            NetworkIncident(
                changes: heard.changes, culprits: heard.culprits,
                networks: records.filter { heard.networks.contains($0.id) }, repairs: repairs, outcome: outcome))
    }

    /// Ends the watch.
    func endWatch() {
        for task in watching.tasks { task.cancel() }
        watching.tasks = []
        watching.mending?.cancel()
        watching.telling?.cancel()
    }

    // MARK: firewalld

    /// Tells firewalld anew, beside everything else: it takes seconds.
    func startTellingFirewalld(_ culprit: Culprit) {
        if watching.telling != nil { return }
        let since = ContinuousClock.now
        watching.telling = Task {
            await tellFirewalld(culprit, since)
            watching.telling = nil
        }
    }

    private func tellFirewalld(_ culprit: Culprit, _ since: ContinuousClock.Instant) async {
        var heard = Meddling()
        heard.add("firewalld was started or reloaded", by: culprit)
        // It makes its table before it answers, and in several steps.
        for pause in [0.5, 1, 2, 4, 8] {
            do {
                try await Task.sleep(for: .seconds(pause))
                var commands: [String] = []
                while true {
                    let more = try await firewall.tellFirewalld(dryRun: watching.mode == .warn)
                    if more.isEmpty { break }
                    commands += more
                }
                if commands.isEmpty { return }
                let time = Int((ContinuousClock.now - since) / .microseconds(1))
                return tellOf(heard, commands, watching.mode == .warn ? .left : .restored(microseconds: time))
            } catch {
                if Task.isCancelled { return }
                if pause == 8 { tellOf(heard, [], .failed("\(error)")) }
            }
        }
    }

    // MARK: Cables that were lost

    /// Plugs containers in again whose cable is gone: the same names, addresses and Ethernet address, a new cable. Where
    /// the old one only left the namespace, it ends here.
    ///
    /// - Throws: what failed first; the others are plugged in nevertheless.
    func plugAgain(_ endpoints: [EndpointRecord]) async throws {
        var failure: (any Error)?
        for endpoint in endpoints {
            do { try await plugAgain(endpoint) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }

    private func plugAgain(_ lost: EndpointRecord) async throws {
        await takeTurn(lost.sandboxPath)
        defer { passTurn(lost.sandboxPath) }
        // It may have been unplugged meanwhile.
        guard let endpoint = plugged[lost.id], let record = records.first(where: { $0.id == endpoint.networkID })
        else { return }
        do {
            var sysctls: [EndpointSysctl] = []
            for text in endpoint.sysctls { sysctls.append(try EndpointSysctl(text)) }
            try await BlockingWork.run {
                let inside = try RouteSocket(in: try NetworkNamespace(path: endpoint.sandboxPath))
                if let old = try inside.link(named: endpoint.interfaceName) {
                    try inside.apply([LinkRequest.delete(index: old.index, name: old.name)])
                }
            }
            try await wire(
                endpoint, record, sysctls, try endpointDriver(of: record), hairpin: !endpoint.ports.isEmpty)
            announce(endpoint, on: record, macIsGiven: true)
        } catch {
            throw NetworkError.wrap(
                "cannot plug container \(endpoint.containerID.prefix(12)) into network \(record.name) again; restart it",
                error)
        }
    }
}

extension Meddling {
    /// Whether something is amiss of what was heard of.
    fileprivate func isConfirmed(by outlook: NetworkController.Outlook) -> Bool {
        concernsAll || !outlook.lost.isEmpty
            || outlook.steps.contains { $0.concerns(devices) && ($0.isHostParameter || !$0.isParameter) }
    }

    /// The same after one more repair that failed.
    fileprivate var failedAgain: Meddling {
        var again = self
        again.failures += 1
        return again
    }
}
