import IPAddressing

extension Comparison {
    /// How one bridge has an aspect: in words, and of which kind, by which two are compared.
    struct Finding {
        var text: String
        var kind: String

        init(_ text: String, _ kind: String? = nil) {
            self.text = text
            self.kind = kind ?? text
        }

        init(has value: String?) {
            self.init(value ?? "none", value == nil ? "none" : "some")
        }
    }

    /// A point of comparison.
    struct Aspect: Sendable {
        let name: String
        let meaning: String
        let read: @Sendable (Profile) -> Finding

        init(_ name: String, _ meaning: String, _ read: @escaping @Sendable (Profile) -> Finding) {
            self.name = name
            self.meaning = meaning
            self.read = read
        }

        /// In the order in which a packet meets them.
        static let all = wire + way + firewall

        private static let wire = [
            Aspect("made by", "who keeps it: what an engine made it repairs, what a hand made is gone after a restart")
            {
                $0.network.map { Finding("engine, network \($0)", "engine") } ?? Finding("hand", "hand")
            },
            Aspect("state", "down, it carries nothing; NO-CARRIER with no member is normal") { profile in
                let device = profile.bridge.device
                if !device.isUp { return Finding("down") }
                if device.hasCarrier { return Finding("up") }
                return profile.bridge.ports.isEmpty
                    ? Finding("up, NO-CARRIER (no member)", "up") : Finding("up, NO-CARRIER", "no carrier")
            },
            Aspect("address", "the members' gateway: without one the host neither routes to them nor answers their ARP")
            {
                Finding(has: Self.joined($0.bridge.device.addresses.filter { !$0.contains(":") }))
            },
            Aspect("IPv6 address", "the same for IPv6") {
                Finding(has: Self.joined($0.bridge.device.addresses.filter { $0.contains(":") }))
            },
            Aspect("members", "a frame goes only to what is plugged in") { profile in
                let names = profile.bridge.ports.map { $0.peer?.owner ?? $0.name }
                return Finding(has: Self.joined(names))
            },
            Aspect("ports forwarding", "a port in another state takes no frame") { profile in
                let ports = profile.bridge.ports
                let count = ports.count { $0.state == "forwarding" }
                return Finding("\(count)/\(ports.count)", count == ports.count ? "all" : "some")
            },
            Aspect("MTU", "larger packets are broken up or refused") { Finding("\($0.bridge.device.mtu)") },
            Aspect("STP", "on, a new port listens and learns for twice the delay before it forwards") { profile in
                guard let settings = profile.bridge.settings else { return Finding("unknown") }
                return settings.spanningTree ? Finding("on, \(Int(settings.forwardDelay)) s", "on") : Finding("off")
            },
            Aspect("MAC ageing", "a silent station is forgotten after it; then frames to it go to every port") {
                Finding($0.bridge.settings.map { "\(Int($0.ageing)) s" } ?? "unknown")
            },
            Aspect("VLAN filtering", "on, frames of another VLAN do not pass") {
                Finding($0.bridge.settings?.filtersVlans == true ? "on" : "off")
            },
        ]

        private static let way = [
            Aspect("default route inside", "without one a member says \"network unreachable\" for all but its subnet") {
                profile in
                let members = profile.owners
                let ready = members.count { $0.routes.contains { $0.hasPrefix("default ") } }
                if members.isEmpty { return Finding("no member", "all") }
                return Finding("\(ready)/\(members.count) members", ready == members.count ? "all" : "not all")
            },
            Aspect("forwarding", "off, the host drops what is not for itself: nothing leaves the bridge") { profile in
                guard let forwards = profile.bridge.settings?.forwards else { return Finding("unknown") }
                return Finding(forwards && profile.map.forwarding ? "on" : "off")
            },
            Aspect("IPv6 forwarding", "the same for IPv6") { profile in
                Finding(profile.bridge.settings?.forwardsIPv6 == true ? "on" : "off")
            },
            Aspect("names", "an engine's own networks have a name server at 127.0.0.11; elsewhere names are the host's")
            {
                profile in
                switch profile.network {
                case nil: Finding("none")
                case "bridge"?: Finding("the host's servers", "host")
                default: Finding("containers' names", "own")
                }
            },
        ]

        private static let firewall = [
            Aspect("accepted out", "with FORWARD's policy DROP a packet from the bridge needs it") { profile in
                let name = profile.name
                let rule = profile.map.rules(of: name, .input).first { rule in
                    rule.rule.contains("-i \(name) ") && !rule.rule.contains(" -i \(name) -o ")
                        && rule.rule.hasSuffix("-j ACCEPT") && !rule.rule.contains("ctstate")
                        || RuleText.bare(rule.rule).last == "accept"
                }
                if let rule { return Finding("\(rule.chain) #\(rule.number)", "accepted") }
                return Self.byPolicy(profile)
            },
            Aspect("replies accepted", "answers come back in only by it, where the policy is DROP") { profile in
                let rule = profile.map.rules(of: profile.name, .output).first {
                    $0.rule.lowercased().contains("established")
                }
                if let rule { return Finding("\(rule.chain) #\(rule.number)", "accepted") }
                return Self.byPolicy(profile)
            },
            Aspect("members to each other", "on one bridge; br_netfilter brings these packets before FORWARD, too") {
                profile in
                let name = profile.name
                let rule = profile.map.rules(of: name, .output).first { rule in
                    rule.rule.contains("-i \(name) -o \(name) ") || profile.verdict(rule) != nil
                }
                guard let rule else { return Self.byPolicy(profile) }
                let drops = profile.verdict(rule).map { $0 != "accept" } ?? rule.rule.hasSuffix("DROP")
                return Finding(
                    "\(drops ? "dropped" : "accepted") \(rule.chain) #\(rule.number)", drops ? "dropped" : "accepted")
            },
            Aspect("isolation", "keeps packets of other bridges out") { profile in
                let rule = profile.map.rules(of: profile.name, .output).first {
                    $0.chain.contains("ISOLATION") || $0.chain.contains("isolat") || RuleText.bare($0.rule) == ["drop"]
                }
                return Finding(rule == nil ? "none" : "from other networks")
            },
            Aspect(
                "masquerade", "out there nobody knows the way back to the members: the host hides them behind its own"
            ) {
                Finding(has: $0.map.wayOut(of: $0.name)?.place)
            },
            Aspect("published ports", "the way in from outside: the host's port becomes the member's") { profile in
                Finding(has: Self.joined(profile.bridge.ports.flatMap { $0.peer?.published ?? [] }))
            },
        ]

        private static func byPolicy(_ profile: Profile) -> Finding {
            profile.map.forwardPolicy?.hasPrefix("DROP") == true
                ? Finding("no rule: policy DROP", "dropped") : Finding("by the policy ACCEPT", "accepted")
        }

        private static func joined(_ parts: [String]) -> String? {
            parts.isEmpty ? nil : parts.joined(separator: " ")
        }
    }
}
