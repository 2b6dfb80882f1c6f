import DaemonOptions
import IPAddressing
import SystemCalls
import Testing

@Suite("SIGHUP")
struct ReloadTests {
    private func reload(_ running: DaemonConfiguration, _ arguments: [String], _ file: String) throws
        -> ConfigurationReload
    {
        try running.reload(arguments: arguments) { _ throws(SystemCallError) in Array(file.utf8) }
    }

    @Test("What can be taken over is; the rest is told apart and waits")
    func applies() throws {
        let running = try load(["-H", "fd://"], file: #"{"mtu": 1400}"#)
        let file = """
            {
                "debug": true, "live-restore": false, "log-level": "warn", "dns": ["9.9.9.9"], "mtu": 1500,
                "bridge": "none"
            }
            """
        let result = try reload(running, ["-H", "fd://"], file)
        #expect(
            result.applied.map(\.description) == [
                "debug: false -> true", "dns: [] -> [9.9.9.9]", "live-restore: true -> false",
                "log-level: info -> warn",
            ])
        #expect(result.needsRestart.map(\.description) == ["bridge: docker0 -> none", "mtu: 1400 -> 1500"])
        #expect(
            result.configuration.debug && !result.configuration.liveRestore && result.configuration.logLevel == .warn)
        #expect(result.configuration.dns.map(\.description) == ["9.9.9.9"])
        #expect(result.configuration.mtu == 1400 && !result.configuration.isBridgeDisabled)
    }

    @Test("Nothing changed")
    func nothing() throws {
        let running = try load([], file: #"{"mtu": 1400}"#)
        let result = try reload(running, [], #"{"mtu": 1400}"#)
        #expect(result.applied.isEmpty && result.needsRestart.isEmpty && result.configuration == running)
    }

    @Test("A setting taken out of the file goes back to its default")
    func back() throws {
        let running = try load([], file: #"{"debug": true, "mtu": 1400}"#)
        let result = try reload(running, [], "{}")
        #expect(result.applied.map(\.description) == ["debug: true -> false"])
        #expect(result.needsRestart.map(\.description) == ["mtu: 1400 -> not set"])
    }

    @Test("A broken file changes nothing and says so")
    func broken() throws {
        let running = try load([])
        #expect(throws: DaemonOptionError.self) { try reload(running, [], "{") }
        #expect(throws: DaemonOptionError.self) { try reload(running, ["-D"], #"{"debug": true}"#) }
    }
}
