import EngineAPI

/// A container's health check with Docker's defaults filled in. Pure.
struct HealthCheck: Equatable {
    /// Nanoseconds between two checks, where the check does not say.
    static let defaultInterval: Int64 = 30_000_000_000
    /// Nanoseconds that a check may take.
    static let defaultTimeout: Int64 = 30_000_000_000
    /// Nanoseconds between two checks in the start period.
    static let defaultStartInterval: Int64 = 5_000_000_000
    /// Failures in a row until it counts as unhealthy.
    static let defaultRetries = 3
    /// Results that are kept.
    static let keptResults = 5
    /// Bytes of a result's output that are kept.
    static let keptOutput = 4096

    /// The states of a container with a check, in Docker's words.
    enum Status: String {
        case starting, healthy, unhealthy
    }

    /// What runs inside: program and arguments.
    var command: [String]
    var interval: Int64
    var timeout: Int64
    var startPeriod: Int64
    var startInterval: Int64
    var retries: Int

    /// Nil where a container has no check, or has it switched off with `NONE`.
    init?(_ config: ContainerConfig) {
        guard let check = config.healthcheck, let test = check.test, let kind = test.first else { return nil }
        switch kind {
        case "CMD": command = Array(test.dropFirst())
        case "CMD-SHELL": command = (config.shell ?? ["/bin/sh", "-c"]) + test.dropFirst()
        default: return nil
        }
        if command.isEmpty { return nil }
        func orDefault(_ value: Int64?, _ fallback: Int64) -> Int64 { value.flatMap { $0 > 0 ? $0 : nil } ?? fallback }
        interval = orDefault(check.interval, Self.defaultInterval)
        timeout = orDefault(check.timeout, Self.defaultTimeout)
        startPeriod = orDefault(check.startPeriod, 0)
        startInterval = orDefault(check.startInterval, Self.defaultStartInterval)
        retries = check.retries.flatMap { $0 > 0 ? $0 : nil } ?? Self.defaultRetries
    }

    /// Nanoseconds until the next check of a container that began to run that long ago.
    func wait(_ health: ContainerHealth, ranFor: Int64) -> Int64 {
        let isStarting = health.status == Status.starting.rawValue && startPeriod > 0 && ranFor < startPeriod
        return isStarting ? startInterval : interval
    }

    /// Adds a result to what is known.
    ///
    /// - Parameter startedAt: when the run began: failures within the start period do not count until it was healthy
    ///   once.
    /// - Returns: the new status where it has changed.
    func record(_ result: HealthcheckResult, in health: inout ContainerHealth, startedAt: Timestamp) -> Status? {
        let before = health.status
        health.log = health.log.suffix(Self.keptResults - 1) + [result]
        if result.exitCode == 0 {
            health.failingStreak = 0
            health.status = Status.healthy.rawValue
        } else if health.status != Status.starting.rawValue || result.start.nanosecondsSince(startedAt) >= startPeriod {
            health.failingStreak += 1
            if health.failingStreak >= retries { health.status = Status.unhealthy.rawValue }
        }
        return health.status == before ? nil : Status(rawValue: health.status)
    }

    /// The first bytes of an output, with `...` where more was written.
    static func shortened(_ output: [UInt8], isWhole: Bool = true) -> String {
        let text = String(decoding: output.prefix(keptOutput), as: UTF8.self)
        return isWhole && output.count <= keptOutput ? text : text + "..."
    }

    /// A length of time in Go's notation, as Docker's words have it: `500ms`, `1m30s`.
    static func words(_ nanoseconds: Int64) -> String {
        if nanoseconds < 1_000_000_000 {
            let thousandths = nanoseconds / 1000
            return thousandths % 1000 == 0 ? "\(thousandths / 1000)ms" : "\(Double(thousandths) / 1000)ms"
        }
        let seconds = nanoseconds / 1_000_000_000
        let rest = nanoseconds % 1_000_000_000
        let tail = rest == 0 ? "\(seconds % 60)s" : "\(Double(seconds % 60) + Double(rest) / 1e9)s"
        if seconds < 60 { return tail }
        let minutes = seconds / 60
        return minutes < 60 ? "\(minutes)m\(tail)" : "\(minutes / 60)h\(minutes % 60)m\(tail)"
    }

    /// Joins a client's check with its image's: what the client leaves open is the image's.
    static func merge(_ wanted: HealthConfig?, image: HealthConfig?) -> HealthConfig? {
        guard var merged = wanted else { return image }
        guard let image else { return merged }
        func open(_ value: Int64?) -> Bool { (value ?? 0) == 0 }
        if (merged.test ?? []).isEmpty { merged.test = image.test }
        if open(merged.interval) { merged.interval = image.interval }
        if open(merged.timeout) { merged.timeout = image.timeout }
        if open(merged.startPeriod) { merged.startPeriod = image.startPeriod }
        if open(merged.startInterval) { merged.startInterval = image.startInterval }
        if (merged.retries ?? 0) == 0 { merged.retries = image.retries }
        return merged
    }

    /// Refuses a check that cannot be, in Docker's words.
    static func validate(_ check: HealthConfig) throws(APIError) {
        for (name, value) in [
            ("Interval", check.interval), ("Timeout", check.timeout), ("StartPeriod", check.startPeriod),
            ("StartInterval", check.startInterval),
        ] {
            if let value, value != 0, value < 1_000_000 {
                throw .badRequest("\(name) in Healthcheck cannot be less than 1ms")
            }
        }
        if let retries = check.retries, retries < 0 {
            throw .badRequest("Retries in Healthcheck cannot be negative")
        }
        guard let test = check.test, let kind = test.first else { return }
        guard ["NONE", "CMD", "CMD-SHELL"].contains(kind) else {
            throw .badRequest("Unknown type of Healthcheck \"\(kind)\": use NONE, CMD or CMD-SHELL")
        }
        if kind != "NONE", test.count == 1 {
            throw .badRequest("Healthcheck \(kind) needs a command")
        }
    }
}

extension ContainerRecord {
    /// A run begins: its health is not known yet. Earlier results stay.
    mutating func beginHealth() {
        guard HealthCheck(config) != nil else {
            health = nil
            return
        }
        health = ContainerHealth(status: HealthCheck.Status.starting.rawValue, failingStreak: 0, log: health?.log ?? [])
    }

    /// A run has ended: nothing that has a check and does not run is healthy.
    mutating func endHealth() {
        health?.status = HealthCheck.Status.unhealthy.rawValue
    }
}
