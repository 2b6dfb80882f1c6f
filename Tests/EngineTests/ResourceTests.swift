import EngineAPI
import Synchronization
import Testing

@testable import Engine

@Suite("Limits and their use")
struct ResourceTests {
    private func host(_ body: (inout HostConfig) -> Void) -> HostConfig {
        var host = HostConfig()
        body(&host)
        return host
    }

    @Test("an update takes what is named and leaves the rest")
    func merge() throws {
        let current = host {
            $0.memory = 64 << 20
            $0.memorySwap = 128 << 20
            $0.cpuShares = 100
            $0.pidsLimit = 10
        }
        let merged = try UpdateRule.merge(
            host {
                $0.memory = 100 << 20
                $0.pidsLimit = -1
                $0.restartPolicy.name = "always"
            }, into: current)
        #expect(merged.memory == 100 << 20 && merged.memorySwap == 128 << 20 && merged.cpuShares == 100)
        #expect(merged.pidsLimit == nil && merged.restartPolicy.name == "always")
    }

    @Test("limits that exclude each other are refused with 409")
    func conflicts() {
        let limited = host {
            $0.memory = 64 << 20
            $0.memorySwap = 64 << 20
            $0.nanoCpus = 500_000_000
            $0.autoRemove = true
        }
        for changes in [
            host { $0.memory = 100 << 20 }, host { $0.cpuQuota = 5000 }, host { $0.cpuPeriod = 50_000 },
            host { $0.restartPolicy.name = "always" },
        ] {
            let error = #expect(throws: APIError.self) { try UpdateRule.merge(changes, into: limited) }
            #expect(error?.status == 409)
        }
        let error = #expect(throws: APIError.self) { try UpdateRule.merge(host { $0.memory = 1 }, into: HostConfig()) }
        #expect(error?.status == 400)
    }

    @Test("one sampler: many readers, one reading a second; it ends with the last reader and with the container")
    func sampler() async {
        let sampler = StatisticsSampler()
        let count = Mutex(0)
        let reading: StatisticsSampler.Reading = {
            let number = count.withLock { count in
                count += 1
                return count
            }
            return number > 20 ? nil : ContainerStats(name: "\(number)")
        }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    var iterator = sampler.readings(of: "a", reading).makeAsyncIterator()
                    #expect(await iterator.next() != nil)
                }
            }
        }
        for _ in 0..<100 where sampler.readerCount > 0 { try? await Task.sleep(for: .milliseconds(10)) }
        #expect(sampler.readerCount == 0)
        #expect(count.withLock { $0 } <= 11)
        for await _ in sampler.readings(of: "gone", { nil }) { Issue.record("a container that is gone was read") }
    }

    @Test("ports in filters", arguments: [("80", 80, "tcp"), ("80-90/tcp", 85, "tcp"), ("53/udp", 53, "udp")])
    func ports(_ text: String, _ port: Int, _ transport: String) throws {
        let filter = try PortFilter(text, of: "publish")
        #expect(filter.matches(port, transport))
        #expect(!filter.matches(port, "sctp") && !filter.matches(nil, transport) && !filter.matches(1000, transport))
    }

    @Test("ports that are none", arguments: ["", "x", "90-80", "80/xyz", "70000"])
    func noPorts(_ text: String) { #expect(throws: APIError.self) { try PortFilter(text, of: "publish") } }
}
