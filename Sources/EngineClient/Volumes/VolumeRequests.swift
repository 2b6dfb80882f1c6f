public import EngineAPI

/// The command line of `volume create` as a request.
public enum VolumeRequests {
    /// The options.
    public static let flags: [Flag] = [
        Flag("driver", "d", .string, "Specify volume driver name", shownDefault: "\"local\""),
        Flag("label", nil, .values("list", checkLabel), "Set metadata for a volume"),
        Flag("name", nil, .string, "Specify volume name", isHidden: true),
        Flag(
            "opt", "o", .values("map") { _ throws(ValueError) in }, "Set driver specific options",
            shownDefault: "map[]"),
    ]

    /// The body of `POST /volumes/create`; without a name the engine makes one up.
    public static func create(_ options: ParsedArguments) throws(ValueError) -> VolumeCreateRequest {
        if options.isSet("name"), !options.operands.isEmpty {
            throw ValueError(
                "conflicting options: cannot specify a volume-name through both --name and as a positional arg")
        }
        let opts = NetworkFlags.pairs(options.list("opt"))
        let labels = NetworkFlags.pairs(options.list("label"))
        return VolumeCreateRequest(
            name: options.operands.first ?? options.text("name"),
            driver: options.isSet("driver") ? options.text("driver") : "local",
            driverOpts: opts.isEmpty ? nil : opts, labels: labels.isEmpty ? nil : labels)
    }

    /// Docker's rule for labels: a name without spaces in it.
    private static let checkLabel: @Sendable (String) throws(ValueError) -> Void = { text throws(ValueError) in
        let key = text.prefix { $0 != "=" }.drop { $0 == " " || $0 == "\t" }
        if key.isEmpty { throw ValueError("invalid label '\(text)': empty name") }
        if key.contains(where: { $0 == " " || $0 == "\t" }) { throw ValueError("label '\(key)' contains whitespaces") }
    }
}
