import EngineAPI
import Testing

@testable import ContainerRuntime

@Suite("The use of resources")
struct StatisticsTests {
    @Test("version 1 control groups")
    func version1() {
        let files = [
            "pids/pids.current": "1\n", "pids/pids.max": "max\n", "cpuacct/cpuacct.usage": "102823858\n",
            "cpuacct/cpuacct.usage_percpu": "58568649 44255209 \n", "cpuacct/cpuacct.stat": "user 8\nsystem 1\n",
            "cpu/cpu.stat": "nr_periods 5\nnr_throttled 2\nthrottled_time 700\n",
            "memory/memory.usage_in_bytes": "782336\n", "memory/memory.max_usage_in_bytes": "4608000\n",
            "memory/memory.limit_in_bytes": "67108864\n", "memory/memory.failcnt": "0\n",
            "memory/memory.stat": "cache 0\nrss 73728\n",
            "blkio/blkio.throttle.io_service_bytes_recursive":
                "8:0 Read 4096\n8:0 Write 0\n8:0 Total 4096\nTotal 4096\n",
        ]
        let reading = CgroupReading.version1(hostMemory: 1 << 34) { files[$0] }
        #expect(reading.pids == PidsStats(current: 1))
        #expect(reading.cpu.cpuUsage.totalUsage == 102_823_858)
        #expect(reading.cpu.cpuUsage.percpuUsage == [58_568_649, 44_255_209])
        #expect(reading.cpu.cpuUsage.usageInUsermode == 80_000_000)
        #expect(reading.cpu.cpuUsage.usageInKernelmode == 10_000_000)
        #expect(reading.cpu.throttlingData == ThrottlingData(periods: 5, throttledPeriods: 2, throttledTime: 700))
        #expect(reading.memory.usage == 782_336 && reading.memory.limit == 67_108_864 && reading.memory.failcnt == nil)
        #expect(reading.memory.stats == ["cache": 0, "rss": 73728])
        #expect(
            reading.blocks.ioServiceBytesRecursive?.first
                == BlkioStatEntry(major: 8, minor: 0, op: "read", value: 4096))
        #expect(reading.blocks.ioServicedRecursive == [])
    }

    @Test("version 2 control groups")
    func version2() {
        let files = [
            "pids.current": "3\n", "pids.max": "100\n",
            "cpu.stat":
                "usage_usec 2000\nuser_usec 1500\nsystem_usec 500\nnr_periods 1\nnr_throttled 1\nthrottled_usec 9\n",
            "memory.current": "1000\n", "memory.max": "max\n", "memory.events": "low 0\noom 2\noom_kill 1\n",
            "memory.stat": "anon 5\ninactive_file 6\n", "io.stat": "8:0 rbytes=10 wbytes=20 rios=1 wios=2\n",
        ]
        let reading = CgroupReading.version2(hostMemory: 1 << 34) { files[$0] }
        #expect(reading.pids == PidsStats(current: 3, limit: 100))
        #expect(reading.cpu.cpuUsage.totalUsage == 2_000_000)
        #expect(reading.cpu.throttlingData.throttledTime == 9000)
        #expect(reading.memory.limit == 1 << 34 && reading.memory.failcnt == 2)
        #expect(
            reading.blocks.ioServiceBytesRecursive == [
                BlkioStatEntry(major: 8, minor: 0, op: "read", value: 10),
                BlkioStatEntry(major: 8, minor: 0, op: "write", value: 20),
            ])
    }

    @Test("groups that are gone read as nothing")
    func nothing() {
        #expect(CgroupReading.version1(hostMemory: 1, file: { _ in nil }).memory == MemoryStats())
        #expect(CgroupReading.version2(hostMemory: 1, file: { _ in nil }).cpu == CPUStats())
    }

    @Test("the machine's processors")
    func processors() {
        let text = "cpu  10 20 30 40 50 60 70 1000 0 0\ncpu0 1 2 3\ncpu1 1 2 3\nintr 5\n"
        let processors = HostReading.processors(text)
        #expect(processors.time == 2_800_000_000 && processors.count == 2)
    }

    @Test("traffic by interface, without the loopback")
    func traffic() {
        let text = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0
              eth0:    1212      12    3    4    0     0          0         0      126       5    6    7    0     0       0          0
            """
        #expect(
            HostReading.traffic(text) == [
                "eth0": NetworkStats(
                    rxBytes: 1212, rxPackets: 12, rxErrors: 3, rxDropped: 4, txBytes: 126, txPackets: 5, txErrors: 6,
                    txDropped: 7)
            ])
    }

    @Test("a process' groups of either version")
    func groups() {
        let groups = CgroupGroups(processText: "4:memory:/docker/a\n2:cpu,cpuacct:/docker/b\n0::/docker/c\n")
        #expect(groups.byController == ["memory": "/docker/a", "cpu": "/docker/b", "cpuacct": "/docker/b"])
        #expect(groups.unified == "/docker/c")
    }
}
