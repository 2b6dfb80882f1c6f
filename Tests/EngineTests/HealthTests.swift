import EngineAPI
import Synchronization
import Testing

@testable import Engine

@Suite("Health checks")
struct HealthTests {
    private let second: Int64 = 1_000_000_000

    private func made(_ health: HealthConfig) -> HealthCheck? {
        var config = ContainerConfig()
        config.healthcheck = health
        return HealthCheck(config)
    }

    private func result(_ code: Int, at seconds: Int64 = 100) -> HealthcheckResult {
        HealthcheckResult(start: Timestamp(unixSeconds: seconds), end: Timestamp(unixSeconds: seconds), exitCode: code)
    }

    @Test("Docker's defaults fill what is left open")
    func defaults() {
        let check = made(HealthConfig(test: ["CMD-SHELL", "exit 0"]))
        #expect(check?.command == ["/bin/sh", "-c", "exit 0"])
        #expect(check?.interval == 30 * second && check?.timeout == 30 * second && check?.retries == 3)
        #expect(check?.startPeriod == 0 && check?.startInterval == 5 * second)
    }

    @Test("no check, none, and nothing to run are no check", arguments: [nil, [], ["NONE"], ["CMD"]] as [[String]?])
    func none(_ test: [String]?) { #expect(made(HealthConfig(test: test)) == nil) }

    @Test("an image's own shell runs its checks")
    func shell() {
        var config = ContainerConfig()
        config.healthcheck = HealthConfig(test: ["CMD-SHELL", "true"])
        config.shell = ["/bin/ash", "-ec"]
        #expect(HealthCheck(config)?.command == ["/bin/ash", "-ec", "true"])
    }

    @Test("unhealthy after so many failures in a row, healthy after one success")
    func streak() throws {
        let check = try #require(made(HealthConfig(test: ["CMD", "x"], retries: 2)))
        var health = ContainerHealth(status: "starting")
        let start = Timestamp(unixSeconds: 50)
        #expect(check.record(result(1), in: &health, startedAt: start) == nil)
        #expect(health.failingStreak == 1 && health.status == "starting")
        #expect(check.record(result(-1), in: &health, startedAt: start) == .unhealthy)
        #expect(check.record(result(1), in: &health, startedAt: start) == nil, "told once")
        #expect(check.record(result(0), in: &health, startedAt: start) == .healthy)
        #expect(health.failingStreak == 0)
        #expect(check.record(result(1), in: &health, startedAt: start) == nil, "one failure is not enough")
    }

    @Test("failures in the start period do not count, until it was healthy once")
    func startPeriod() throws {
        let check = try #require(made(HealthConfig(test: ["CMD", "x"], startPeriod: 60 * second, retries: 1)))
        var health = ContainerHealth(status: "starting")
        let start = Timestamp(unixSeconds: 50)
        #expect(check.record(result(1, at: 100), in: &health, startedAt: start) == nil)
        #expect(health.failingStreak == 0)
        #expect(check.record(result(0, at: 101), in: &health, startedAt: start) == .healthy)
        #expect(check.record(result(1, at: 102), in: &health, startedAt: start) == .unhealthy)
        var late = ContainerHealth(status: "starting")
        #expect(check.record(result(1, at: 111), in: &late, startedAt: start) == .unhealthy)
    }

    @Test("checks are closer together in the start period")
    func waits() throws {
        let config = HealthConfig(
            test: ["CMD", "x"], interval: 30 * second, startPeriod: 10 * second, startInterval: second)
        let check = try #require(made(config))
        let starting = ContainerHealth(status: "starting")
        #expect(check.wait(starting, ranFor: 0) == second)
        #expect(check.wait(starting, ranFor: 10 * second) == 30 * second)
        #expect(check.wait(ContainerHealth(status: "healthy"), ranFor: 0) == 30 * second)
    }

    @Test("the last five results are kept")
    func log() throws {
        let check = try #require(made(HealthConfig(test: ["CMD", "x"])))
        var health = ContainerHealth(status: "starting")
        for code in 1...7 { _ = check.record(result(code), in: &health, startedAt: .zero) }
        #expect(health.log.map(\.exitCode) == [3, 4, 5, 6, 7])
    }

    @Test("output is cut at 4096 bytes")
    func output() {
        #expect(HealthCheck.shortened(Array("fine".utf8)) == "fine")
        let long = HealthCheck.shortened([UInt8](repeating: 65, count: 5000))
        #expect(long.utf8.count == 4099 && long.hasSuffix("A..."))
    }

    @Test("a client's check takes what it leaves open from the image's")
    func merge() {
        let image = HealthConfig(test: ["CMD", "image"], interval: 7, retries: 9)
        #expect(HealthCheck.merge(nil, image: image) == image)
        let merged = HealthCheck.merge(HealthConfig(interval: 3), image: image)
        #expect(merged?.test == ["CMD", "image"] && merged?.interval == 3 && merged?.retries == 9)
        #expect(HealthCheck.merge(HealthConfig(test: ["NONE"]), image: image)?.test == ["NONE"])
    }

    @Test(
        "checks that cannot be are refused",
        arguments: [
            HealthConfig(test: ["CMD", "x"], interval: 1000), HealthConfig(test: ["CMD", "x"], retries: -1),
            HealthConfig(test: ["SHELL", "x"]), HealthConfig(test: ["CMD"]),
        ])
    func invalid(_ health: HealthConfig) {
        #expect(throws: APIError.self) { try HealthCheck.validate(health) }
    }

    @Test(
        "lengths of time in Docker's words",
        arguments: [(1_000_000, "1ms"), (1_500_000_000, "1.5s"), (90_000_000_000, "1m30s")])
    func words(_ nanoseconds: Int64, _ text: String) { #expect(HealthCheck.words(nanoseconds) == text) }

    @Test("timers: what is due runs in order, what is replaced or cancelled does not")
    func timers() async throws {
        let timers = TimerQueue()
        let (stream, ran) = AsyncStream.makeStream(of: String.self)
        timers.schedule("late", after: .seconds(3600)) { ran.yield("late") }
        timers.schedule("never", after: .milliseconds(10)) { ran.yield("never") }
        timers.schedule("twice", after: .milliseconds(5)) { ran.yield("first") }
        timers.schedule("twice", after: .milliseconds(20)) { ran.yield("second") }
        timers.cancel("never")
        var order: [String] = []
        for await name in stream {
            order.append(name)
            if order.count == 2 { break }
            timers.schedule("late", after: .milliseconds(1)) { ran.yield("late") }
        }
        #expect(order == ["second", "late"])
        #expect(timers.count == 0)
    }
}
