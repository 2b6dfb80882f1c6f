import EngineAPI
import Testing

@testable import Engine

@Suite("Rules of a container's life")
struct RuleTests {
    private func decide(
        _ policy: String, code: Int = 1, byUser: Bool = false, restarts: Int = 0, maximum: Int = 0,
        previous: Int64? = nil, ran: Int64 = 0
    ) -> Int64? {
        RestartDecision(
            policy: policy, maximumRetries: maximum, exitCode: code, stoppedByUser: byUser, restarts: restarts,
            previousDelay: previous, ranFor: ran
        ).delay
    }

    @Test("restart policies")
    func policies() {
        #expect(decide("no") == nil)
        #expect(decide("") == nil)
        #expect(decide("always", code: 0) == RestartDecision.firstDelay)
        #expect(decide("always", byUser: true) == nil)
        #expect(decide("unless-stopped", code: 0) == RestartDecision.firstDelay)
        #expect(decide("on-failure", code: 0) == nil)
        #expect(decide("on-failure", restarts: 3, maximum: 3) == nil)
        #expect(decide("on-failure", restarts: 2, maximum: 3) == RestartDecision.firstDelay)
    }

    @Test("waits double up to a minute and begin anew after a healthy run")
    func waits() {
        #expect(decide("always", previous: 100_000_000) == 200_000_000)
        #expect(decide("always", previous: 50_000_000_000) == RestartDecision.longestDelay)
        #expect(decide("always", previous: 50_000_000_000, ran: 11_000_000_000) == RestartDecision.firstDelay)
    }

    @Test("what starts with the daemon")
    func daemonStart() {
        func starts(_ policy: String, stopped: Bool = false, code: Int = 1, maximum: Int = 0, restarts: Int = 0) -> Bool
        {
            RestartDecision.startsWithDaemon(
                policy: policy, maximumRetries: maximum, exitCode: code, stoppedByUser: stopped, restarts: restarts)
        }
        #expect(starts("always", stopped: true))
        #expect(starts("unless-stopped", code: 0))
        #expect(!starts("unless-stopped", stopped: true))
        #expect(starts("on-failure"))
        #expect(!starts("on-failure", code: 0))
        #expect(!starts("on-failure", stopped: true))
        #expect(starts("on-failure", maximum: 3, restarts: 2))
        #expect(!starts("on-failure", maximum: 3, restarts: 3))
        #expect(!starts("no"))
    }

    @Test("names", arguments: ["red", "a1", "A.b_c-d", "0x"])
    func goodNames(_ name: String) { #expect(ContainerName.isValid(name)) }

    @Test("names that are refused", arguments: ["", "a", "_a", "-ab", "a b", "ab/", "é1"])
    func badNames(_ name: String) { #expect(!ContainerName.isValid(name)) }

    @Test("made-up names follow the rule")
    func randomNames() {
        for attempt in 0..<200 { #expect(ContainerName.isValid(ContainerName.random(attempt: attempt))) }
    }

    @Test("signals", arguments: [("SIGTERM", 15), ("term", 15), ("9", 9), ("RTMIN+3", 37), ("SIGRTMAX-1", 63)])
    func signals(_ pair: (String, Int)) { #expect(SignalName.number(pair.0) == Int32(pair.1)) }

    @Test("signals that do not exist", arguments: ["SIGFOO", "0", "65", "-1", "", "RTMIN+99"])
    func noSignals(_ name: String) { #expect(SignalName.number(name) == nil) }

    @Test("ids: 64 hex digits whose short form is no number")
    func identifiers() {
        for _ in 0..<500 {
            let id = Identifier.make()
            #expect(id.utf8.count == 64)
            #expect(id.allSatisfy { $0.isHexDigit && !$0.isUppercase })
            #expect(Int(Identifier.short(id)) == nil)
        }
        #expect(Identifier.short("sha256:0123456789abcdef") == "0123456789ab")
        #expect(Identifier.uuid().split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
    }
}

@Suite("What the image says and what the client says")
struct ImageDefaultsTests {
    private let image = ContainerConfig(
        user: "app", env: ["PATH=/bin", "A=image"], cmd: ["serve"], workingDir: "/srv", entrypoint: ["/entry"],
        labels: ["a": "1", "b": "image"])

    @Test("a client's command keeps the image's entrypoint")
    func command() {
        let merged = ImageDefaults.merge(ContainerConfig(cmd: ["other"], image: "x"), image: image)
        #expect(merged.entrypoint == ["/entry"])
        #expect(merged.cmd == ["other"])
    }

    @Test("a client's entrypoint silences the image's command")
    func entrypoint() {
        let merged = ImageDefaults.merge(ContainerConfig(image: "x", entrypoint: ["/mine"]), image: image)
        #expect(merged.entrypoint == ["/mine"])
        #expect(merged.cmd == nil)
    }

    @Test("environment, labels, user and directory")
    func rest() {
        let merged = ImageDefaults.merge(
            ContainerConfig(env: ["A=client"], image: "x", labels: ["b": "client"]), image: image)
        #expect(merged.env == ["A=client", "PATH=/bin"])
        #expect(merged.labels == ["a": "1", "b": "client"])
        #expect(merged.user == "app")
        #expect(merged.workingDir == "/srv")
    }
}

@Suite("Mounts of the host")
struct MountPlanTests {
    @Test("binds")
    func binds() throws {
        let points = try MountPlan.make(hostConfig: HostConfig(binds: ["/tmp/../srv:/data/:ro", "/a:/b"]))
        #expect(points.map(\.point.source) == ["/srv", "/a"])
        #expect(points.map(\.point.destination) == ["/data", "/b"])
        #expect(points.map(\.point.rw) == [false, true])
    }

    @Test("what cannot be", arguments: ["/x:rel", "/a:/b:zz", "/a:/", "a/b/c:", ":/x"])
    func refused(_ bind: String) {
        #expect(throws: APIError.self) { try MountPlan.make(hostConfig: HostConfig(binds: [bind])) }
    }

    @Test("two mounts on one place")
    func duplicate() {
        #expect(throws: APIError.badRequest("Duplicate mount point: /b")) {
            try MountPlan.make(hostConfig: HostConfig(binds: ["/a:/b", "/c:/b"]))
        }
    }

    @Test("named, anonymous and image volumes")
    func volumes() throws {
        let plan = try MountPlan.make(
            hostConfig: HostConfig(binds: ["data:/x:ro,nocopy", "/anonymous"]), volumes: ["/x", "/image"])
        #expect(plan.map(\.point.destination) == ["/x", "/anonymous", "/image"])
        #expect(plan.map(\.point.name) == ["data", nil, nil])
        #expect(plan.map(\.point.mode) == ["ro,nocopy", "z", ""])
        #expect(plan.map(\.detail.isAnonymous) == [false, true, true])
        #expect(plan.map(\.detail.copies) == [false, true, true])
        #expect(plan.map(\.point.rw) == [false, true, true])
    }
}

@Suite("Status in words")
struct StatusTextTests {
    @Test(
        "lengths of time",
        arguments: [
            (0, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (61, "About a minute"), (130, "2 minutes"),
            (3600, "About an hour"), (7200, "2 hours"), (3 * 86400, "3 days"), (20 * 86400, "2 weeks"),
        ])
    func durations(_ pair: (Int64, String)) {
        let start = Timestamp(unixSeconds: 1_700_000_000)
        #expect(StatusText.duration(from: start, to: Timestamp(unixSeconds: 1_700_000_000 + pair.0)) == pair.1)
    }

    @Test("times as clients write them")
    func times() {
        let now = Timestamp(unixSeconds: 1_700_000_000)
        #expect(Timestamp.parse("10m", relativeTo: now) == Timestamp(unixSeconds: 1_700_000_000 - 600))
        #expect(Timestamp.parse("1h30m", relativeTo: now) == Timestamp(unixSeconds: 1_700_000_000 - 5400))
        #expect(Timestamp.parse("1700000000", relativeTo: now) == now)
        #expect(Timestamp.parse("soon", relativeTo: now) == nil)
    }
}
