import Testing

@testable import ContainerRuntime

struct PlatformTests {
    @Test func controlGroupLayoutsAreTold() {
        let hybrid = """
            31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
            32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
            41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
            """
        let layout = CgroupLayout.detect(mountInformation: hybrid)
        #expect(layout.version == .hybrid)
        #expect(layout.hierarchies == ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/unified"])
        let first = hybrid.split(separator: "\n").prefix(2).joined(separator: "\n")
        #expect(CgroupLayout.detect(mountInformation: first).version == .v1)
        let second = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw"
        #expect(CgroupLayout.detect(mountInformation: second).version == .v2)
    }

    @Test func theMountThatCoversAPathIsFound() {
        let text = """
            27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
            50 27 0:40 / /run rw shared:5 - tmpfs tmpfs rw
            51 50 0:41 / /run/with\\040space rw - tmpfs tmpfs rw
            """
        #expect(SharedMount.covering("/var/x", mountInformation: text) == ("/", false, false))
        #expect(SharedMount.covering("/run/x", mountInformation: text) == ("/run", true, false))
        #expect(SharedMount.covering("/runx", mountInformation: text) == ("/", false, false))
        #expect(SharedMount.covering("/run/with space/a", mountInformation: text) == ("/run/with space", false, false))
    }

    @Test func startTimesAreReadPastOddNames() {
        let text = "123 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20 21"
        #expect(ProcessIdentity.startTime(inStat: text) == 4242)
        #expect(ProcessIdentity.startTime(inStat: "") == nil)
    }

    @Test func processesAreNotedAndReadAgain() {
        let processes = ContainerProcesses(
            first: ProcessIdentity(pid: 1, startTime: 2), conmon: ProcessIdentity(pid: 3, startTime: 4))
        #expect(ContainerProcesses(text: processes.text) == processes)
        #expect(ContainerProcesses(text: "1 2 3") == nil)
    }

    @Test(
        arguments: [
            ("2026-11-23T15:59:14.707156Z: executable file `x` not found in $PATH: No such file or directory", 127),
            (
                #"time="2026-11-23T15:59:14Z" level=error msg="exec: \"x\": executable file not found in $PATH""#,
                127
            ),
            ("open executable: Permission denied", 126), ("mount `x` to `y`: No such device", nil),
        ] as [(String, Int?)])
    func theRuntimesWordsAreTurnedIntoDockers(_ words: String, _ code: Int?) {
        let error = RuntimeWords.createFailed(words + "\n", command: "x")
        #expect(error.exitCode == code)
        #expect(error.message.hasSuffix(": unknown"))
        if code == nil { #expect(error.message.contains(words)) }
    }

    @Test func whoMountsAFolderOnAFileIsTold() {
        let error = RuntimeWords.createFailed("mount `/etc` to `etc/passwd`: Not a directory\n", command: "x")
        #expect(error.message.contains("Are you trying to mount a directory onto a file (or vice-versa)?"))
    }

    @Test func conmonsMessagesAreRead() {
        #expect(ConmonMessage(line: Array(#"{"data": 42}"#.utf8)) == ConmonMessage(data: 42))
        let error = #"{"data": -1, "message": "a \"b\"\n\u001b c"}"#
        #expect(ConmonMessage(line: Array(error.utf8)) == ConmonMessage(data: -1, message: "a \"b\"\n\u{1b} c"))
        #expect(ConmonMessage(line: [0xff, 0xfe]) == nil)
    }

    @Test func conmonsCommandLineSaysWhatItIsTo() {
        var command = ConmonCommand(
            containerID: "c", uniqueID: "u", work: .exec(processFile: "/p", attached: true), folder: "/f",
            pidFile: "/pid", runtime: "/usr/bin/crun", runtimeArguments: ["--root=/r"], logPath: "/dev/null")
        command.terminal = true
        let line = command.arguments.joined(separator: " ")
        #expect(line.contains("--exec --exec-process-spec /p --exec-attach"))
        #expect(line.contains("--runtime-arg=--root=/r"))
        #expect(line.hasSuffix("--terminal"))
        #expect(!line.contains("--exit-dir"))
    }
}
