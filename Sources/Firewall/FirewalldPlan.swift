/// What firewalld is told so that it lets the bridges' traffic through, as Docker does: the bridges are in the zone
/// `docker`, which accepts everything, and the policy `docker-forwarding` lets all other zones forward to it. Then the
/// engine's own rules decide. Pure: arguments of `firewall-cmd`, a list for each run of it.
enum FirewalldPlan {
    /// The zone's name.
    static let zone = "docker"
    /// The policy's name.
    static let policy = "docker-forwarding"

    /// Makes the zone and the policy, for good, and loads them; nothing where they are there.
    ///
    /// - Parameters:
    ///   - zones: the zones that firewalld knows.
    ///   - policies: its policies; nil where it is older than 0.9 and has none: then its FORWARD is open to the zone.
    static func preparation(zones: Set<String>, policies: Set<String>?) -> [[String]] {
        var commands: [[String]] = []
        if !zones.contains(zone) {
            commands += [
                ["--permanent", "--new-zone=\(zone)"],
                ["--permanent", "--zone=\(zone)", "--set-target=ACCEPT"],
                ["--permanent", "--zone=\(zone)", "--set-description=zone for docker bridge network interfaces"],
            ]
        }
        if let policies, !policies.contains(policy) {
            commands += [
                ["--permanent", "--new-policy=\(policy)"],
                ["--permanent", "--policy=\(policy)", "--add-ingress-zone=ANY"],
                ["--permanent", "--policy=\(policy)", "--add-egress-zone=\(zone)"],
                ["--permanent", "--policy=\(policy)", "--set-target=ACCEPT"],
                ["--permanent", "--policy=\(policy)", "--set-description=allow forwarding to the docker zone"],
            ]
        }
        return commands.isEmpty ? [] : commands + [["--reload"]]
    }

    /// Puts bridges into the zone, and takes those out that are gone.
    ///
    /// - Parameters:
    ///   - present: the interfaces that are in the zone; others may have put some there.
    ///   - former: the bridges that the engine put there.
    ///   - wanted: the bridges that are to be there.
    static func membership(present: Set<String>, former: Set<String>, wanted: Set<String>) -> [[String]] {
        let gone = former.subtracting(wanted).intersection(present)
        // `change`: some other zone may have it, as firewalld's default zone has new interfaces.
        return gone.sorted().map { ["--zone=\(zone)", "--remove-interface=\($0)"] }
            + wanted.subtracting(present).sorted().map { ["--zone=\(zone)", "--change-interface=\($0)"] }
    }
}
