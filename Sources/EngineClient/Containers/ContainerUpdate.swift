public import EngineAPI

/// The command line of `update` as a request.
public enum ContainerUpdate {
    private static let weight = Flag.Kind.value("uint16") { text throws(ValueError) in
        guard let value = UInt64(text) else {
            throw ValueError("strconv.ParseUint: parsing \"\(text)\": invalid syntax")
        }
        if value > UInt64(UInt16.max) {
            throw ValueError("strconv.ParseUint: parsing \"\(text)\": value out of range")
        }
    }

    /// The options.
    public static let flags: [Flag] =
        ContainerFlags.limits + [
            Flag(
                "blkio-weight", nil, weight,
                "Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)"),
            Flag("cpu-rt-period", nil, .int, "Limit the CPU real-time period in microseconds"),
            Flag("cpu-rt-runtime", nil, .int, "Limit the CPU real-time runtime in microseconds"),
            Flag(
                "memory-swap", nil, ContainerFlags.swap,
                "Swap limit equal to memory plus swap: -1 to enable unlimited swap"),
            Flag("restart", nil, .string, "Restart policy to apply when a container exits"),
        ]

    /// The body of `POST /containers/{id}/update`: only what is to change.
    ///
    /// - Throws: where no option was given, or the restart policy is none.
    public static func body(_ options: ParsedArguments) throws(ValueError) -> JSONValue {
        guard flags.contains(where: { options.isSet($0.name) }) else {
            throw ValueError("you must provide one or more flags when using this command")
        }
        var members: [JSONValue.Member] = []
        for (option, name) in [
            ("blkio-weight", "BlkioWeight"), ("cpu-period", "CpuPeriod"), ("cpu-quota", "CpuQuota"),
            ("cpu-rt-period", "CpuRealtimePeriod"), ("cpu-rt-runtime", "CpuRealtimeRuntime"),
            ("cpu-shares", "CpuShares"), ("pids-limit", "PidsLimit"),
        ] {
            if let value = options.integer(option), value != 0 { members.append(.init(name, .int(value))) }
        }
        for (option, name) in [
            ("memory", "Memory"), ("memory-reservation", "MemoryReservation"), ("memory-swap", "MemorySwap"),
        ] where options.isSet(option) {
            let text = options.text(option)
            members.append(.init(name, .int(text == "-1" ? -1 : try HumanUnits.parseBytes(text))))
        }
        for (option, name) in [("cpuset-cpus", "CpusetCpus"), ("cpuset-mems", "CpusetMems")]
        where options.isSet(option) {
            members.append(.init(name, .string(options.text(option))))
        }
        if options.isSet("cpus") {
            members.append(.init("NanoCpus", .int(try ContainerValues.nanoCPUs(options.text("cpus")))))
        }
        if options.isSet("restart"), !options.text("restart").isEmpty {
            let policy = try ContainerValues.restartPolicy(options.text("restart"))
            members.append(
                .init(
                    "RestartPolicy",
                    .object([
                        .init("Name", .string(policy.name)),
                        .init("MaximumRetryCount", .int(Int64(policy.maximumRetryCount))),
                    ])))
        }
        return .object(members)
    }
}
