/// A small generator of random numbers that gives the same ones again for the same seed (SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

extension Operation {
    /// The networks of the model.
    static let networks = (0..<3).map { "model-\($0)" }
    /// The names of a group.
    static func names(_ group: String) -> [String] { (0..<3).map { "\(group)-\($0)" } }

    /// What a client does next.
    static func random(_ random: inout SplitMix, _ book: ModelBook) -> Operation {
        let network = networks[Int.random(in: 0..<networks.count, using: &random)]
        let group = ["name", "id", "id", "move", "network"][Int.random(in: 0..<5, using: &random)]
        let name = names(group)[Int.random(in: 0..<3, using: &random)]
        let choice = Int.random(in: 0..<100, using: &random)
        let other = names(group)[Int.random(in: 0..<3, using: &random)]
        // One in four is born on the default bridge, which is always there.
        let home = Int.random(in: 0..<4, using: &random) == 0 ? "bridge" : network
        if group == "network" { return ofNetwork(network, choice) }
        let target = Target(name: name, id: group == "id" ? book.id(of: name) : nil)
        if group == "id", target.id == nil { return .create(name: name, network: home) }
        if group == "move", choice < 30, other != name { return .rename(target, to: other) }
        return ofContainer(target, choice, network, home)
    }

    private static func ofNetwork(_ network: String, _ choice: Int) -> Operation {
        switch choice {
        case ..<40: .createNetwork(network)
        case ..<70: .removeNetwork(network)
        default: .inspectNetwork(network)
        }
    }

    private static func ofContainer(_ target: Target, _ choice: Int, _ network: String, _ home: String) -> Operation {
        switch choice {
        case ..<18: .create(name: target.name, network: home)
        case ..<36: .start(target)
        case ..<46: .stop(target)
        case ..<52: .kill(target)
        case ..<58: .remove(target, force: true)
        case ..<61: .remove(target, force: false)
        case ..<74: .connect(target, network: network)
        case ..<85: .disconnect(target, network: network)
        default: .inspect(target)
        }
    }
}
