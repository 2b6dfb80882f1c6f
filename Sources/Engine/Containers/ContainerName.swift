/// The names of containers: Docker's rule, and names made up for those who give none.
enum ContainerName {
    /// Whether `name` follows `[a-zA-Z0-9][a-zA-Z0-9_.-]+`: two characters at least.
    static func isValid(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard bytes.count >= 2, let first = bytes.first, isAlphanumeric(first) else { return false }
        return bytes.allSatisfy {
            isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }

    /// A made-up name, `calm_causeway`; with a number where the try is not the first.
    static func random(attempt: Int) -> String {
        let name = "\(adjectives.randomElement() ?? "plain")_\(crossings.randomElement() ?? "bridge")"
        return attempt == 0 ? name : name + String(Int.random(in: 0...9999))
    }

    private static let adjectives = [
        "amber", "brisk", "calm", "clear", "coastal", "crisp", "daring", "deft", "dry", "eager", "early", "easy",
        "fair", "fleet", "fond", "frank", "free", "fresh", "gentle", "glad", "golden", "grand", "green", "handy",
        "hardy", "high", "hopeful", "humble", "keen", "kind", "lively", "long", "loyal", "lucid", "merry", "mild",
        "misty", "modest", "neat", "noble", "northern", "open", "patient", "plucky", "proud", "quick", "quiet",
        "ready", "silver", "smooth", "snug", "solid", "southern", "spry", "steady", "stony", "sunny", "swift",
        "tidal", "tidy", "trusty", "upbeat", "vivid", "warm", "wide", "windy", "wise", "young",
    ]

    private static let crossings = [
        "abutment", "aqueduct", "arch", "archway", "bank", "bascule", "beacon", "boardwalk", "bollard", "bridge",
        "cable", "canal", "cape", "causeway", "channel", "crossing", "culvert", "delta", "deck", "dike", "dock",
        "estuary", "ferry", "fjord", "footbridge", "ford", "gangway", "gate", "girder", "harbour", "headland", "inlet",
        "island", "isthmus", "jetty", "keystone", "lagoon", "landing", "lock", "mole", "mooring", "overpass", "pier",
        "pontoon", "port", "pylon", "quay", "ramp", "reach", "reef", "seawall", "shoal", "skerry", "slip", "sluice",
        "sound", "span", "strait", "tideway", "towpath", "trestle", "truss", "tunnel", "underpass", "viaduct", "weir",
        "wharf",
    ]
}
