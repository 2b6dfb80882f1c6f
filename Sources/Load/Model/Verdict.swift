import EngineAPI
import EngineClient

/// What a reply says of the registers, or that it is no possible reply at all.
enum Verdict: Hashable, Sendable {
    /// Steps that have taken place between request and reply.
    case steps([RegisterKey: Step])
    /// Why it is no reply to this.
    case impossible(String)
}

extension Operation {
    /// Judges a reply by itself.
    func verdict(_ reply: LoadClient.Reply) -> Verdict {
        switch self {
        case .create(let name, let network): created(name, network, reply)
        case .rename(let target, let name): renamed(target, name, reply)
        case .start(let target): changed(target, reply, done: .starts, already: .runs)
        case .stop(let target): changed(target, reply, done: .stops, already: .idles)
        case .kill(let target): changed(target, reply, done: .dies, already: nil)
        case .remove(let target, let force): removed(target, force, reply)
        case .inspect(let target): inspected(target, reply)
        case .connect(let target, let network): connected(target, network, reply)
        case .disconnect(let target, let network): disconnected(target, network, reply)
        case .createNetwork, .removeNetwork, .inspectNetwork: networkVerdict(reply)
        }
    }

    private func unexpected(_ reply: LoadClient.Reply) -> Verdict {
        .impossible("\(words) -> \(reply.status) \(reply.message.prefix(300))")
    }

    /// Steps of refusals that every operation on a container may meet; nil for any other reply.
    private func refusal(_ target: Target, network: String? = nil, _ reply: LoadClient.Reply) -> Verdict? {
        if reply.status == 404, reply.message.contains("No such container") {
            return .steps(target.steps(name: .isFree, life: .isGone))
        }
        if reply.status == 404, let network, reply.message.contains("network \(network) not found") {
            return .steps([.networkName(network): .isFree])
        }
        if reply.status == 409, reply.message.contains("marked for removal") {
            // Its steps are loosened while it is being removed; else it contradicts.
            return .steps(target.steps(name: nil, life: .isGone))
        }
        return nil
    }

    private func created(_ name: String, _ network: String, _ reply: LoadClient.Reply) -> Verdict {
        switch reply.status {
        case 201:
            guard let id = reply.json?["Id"]?.string else { return unexpected(reply) }
            return .steps([.containerName(name): .binds(id), .place(id, network): .joins])
        case 409: return .steps([.containerName(name): .isBound])
        case 404 where reply.message.contains("network \(network) not found"):
            return .steps([.containerName(name): .tries, .networkName(network): .isFree])
        default: return unexpected(reply)
        }
    }

    private func renamed(_ target: Target, _ name: String, _ reply: LoadClient.Reply) -> Verdict {
        switch reply.status {
        case 204: return .steps([.containerName(target.name): .unbinds, .containerName(name): .binds(nil)])
        case 409 where reply.message.contains("already in use"): return .steps([.containerName(name): .isBound])
        // Somebody else has given it that name meanwhile.
        case 400 where reply.message.contains("same name"): return .steps([.containerName(name): .isBound])
        default:
            guard case .steps(var steps)? = refusal(target, reply) else { return unexpected(reply) }
            steps[.containerName(name)] = .tries
            return .steps(steps)
        }
    }

    private func changed(_ target: Target, _ reply: LoadClient.Reply, done: Step, already: Step?) -> Verdict {
        switch (reply.status, already) {
        case (204, _): return .steps(target.steps(name: .isBound, life: done))
        case (304, let already?): return .steps(target.steps(name: .isBound, life: already))
        case (409, nil) where reply.message.contains("is not running"):
            return .steps(target.steps(name: .isBound, life: .idles))
        case (404, _) where reply.message.contains("failed to set up container networking"):
            // One of its networks is gone; which one is not always ours to know.
            return .steps(target.steps(name: .isBound, life: .idles))
        default: return refusal(target, reply) ?? unexpected(reply)
        }
    }

    private func removed(_ target: Target, _ force: Bool, _ reply: LoadClient.Reply) -> Verdict {
        switch reply.status {
        case 204:
            var steps = target.steps(name: .unbinds, life: force ? .ends : .endsIdle)
            steps[.containerName(target.name)] = .unbinds
            return .steps(steps)
        case 409 where !force && reply.message.contains("cannot remove container"):
            return .steps(target.steps(name: .isBound, life: .runs))
        case 409 where reply.message.contains("already in progress"):
            return .steps(target.steps(name: nil, life: .isGone))
        default: return refusal(target, reply) ?? unexpected(reply)
        }
    }

    private func inspected(_ target: Target, _ reply: LoadClient.Reply) -> Verdict {
        guard reply.status == 200 else { return refusal(target, reply) ?? unexpected(reply) }
        guard let json = reply.json, let id = json["Id"]?.string, let name = json["Name"]?.string?.dropFirst(),
            let status = json["State"]?["Status"]?.string, let pid = json["State"]?["Pid"]?.integer,
            case .object(let networks)? = json["NetworkSettings"]?["Networks"]
        else { return unexpected(reply) }
        let runs = status == "running"
        guard runs == (json["State"]?["Running"] == .bool(true)), runs == (pid > 0),
            ["created", "running", "exited", "removing"].contains(status), target.id ?? id == id
        else { return unexpected(reply) }
        var steps = target.steps(name: nil, life: status == "removing" ? .isGone : runs ? .runs : .idles)
        // Of one that is renamed meanwhile, the new name comes back.
        steps[.containerName(String(name))] = .names(id)
        if target.id != nil {
            for network in Operation.networks {
                let isMember = networks.contains { $0.name == network }
                steps[.place(id, network)] = isMember ? .isMember : .isNoMember
            }
        }
        return .steps(steps)
    }

    private func connected(_ target: Target, _ network: String, _ reply: LoadClient.Reply) -> Verdict {
        switch reply.status {
        case 200: return .steps(target.steps(name: .isBound, life: .exists, place: (network, .joins)))
        case 403 where reply.message.contains("already exists in network"):
            return .steps(target.steps(name: .isBound, life: .exists, place: (network, .isMember)))
        default: return refusal(target, network: network, reply) ?? unexpected(reply)
        }
    }

    private func disconnected(_ target: Target, _ network: String, _ reply: LoadClient.Reply) -> Verdict {
        switch reply.status {
        case 200: return .steps(target.steps(name: .isBound, life: .exists, place: (network, .leaves)))
        // Docker's status for it.
        case 500 where reply.message.contains("is not connected to"):
            return .steps(target.steps(name: .isBound, life: .exists, place: (network, .isNoMember)))
        default: return refusal(target, network: network, reply) ?? unexpected(reply)
        }
    }

    private func networkVerdict(_ reply: LoadClient.Reply) -> Verdict {
        switch (self, reply.status) {
        case (.createNetwork(let name), 201):
            guard let id = reply.json?["Id"]?.string else { return unexpected(reply) }
            return .steps([.networkName(name): .binds(id)])
        case (.createNetwork(let name), 409) where reply.message.contains("already exists"):
            return .steps([.networkName(name): .isBound])
        case (.removeNetwork(let name), 204): return .steps([.networkName(name): .unbinds])
        case (.removeNetwork(let name), 403) where reply.message.contains("active endpoints"):
            return .steps([.networkName(name): .isBound])
        case (.inspectNetwork(let name), 200):
            guard let id = reply.json?["Id"]?.string, reply.json?["Name"]?.string == name else {
                return unexpected(reply)
            }
            return .steps([.networkName(name): .names(id)])
        case (.removeNetwork(let name), 404), (.inspectNetwork(let name), 404):
            return .steps([.networkName(name): .isFree])
        default: return unexpected(reply)
        }
    }
}

extension Operation.Target {
    /// Steps on the name where the container is found by its name, on its life and its place where by its id.
    func steps(name: Step?, life: Step, place: (network: String, step: Step)? = nil) -> [RegisterKey: Step] {
        guard let id else { return name.map { [.containerName(self.name): $0] } ?? [:] }
        var steps: [RegisterKey: Step] = [.life(id): life]
        if let place { steps[.place(id, place.network)] = place.step }
        return steps
    }
}
