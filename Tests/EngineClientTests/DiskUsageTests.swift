import EngineAPI
import Testing

@testable import EngineClient

private func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

@Suite("Disk usage and cleaning up")
struct DiskUsageTests {
    private let usage = """
        {"LayersSize":3000000,
         "Images":[{"Id":"sha256:ea41f8c807a34eef0ec9","RepoTags":["busybox:latest","box:1"],"Created":1000000,
           "Size":2000000,"SharedSize":500000,"Containers":1},
          {"Id":"sha256:1111111111112222","RepoTags":[],"RepoDigests":[],"Created":1000000,"Size":1500000,
           "SharedSize":500000,"Containers":0}],
         "Containers":[{"Id":"dad7b7094a48e5f1","Names":["/blue"],"Image":"busybox","Command":"sh","Created":1000000,
           "State":"running","Status":"Up","SizeRw":3000,"SizeRootFs":2003000,"Mounts":[{"Driver":"local"}]},
          {"Id":"83f83cfc4b9b0a1b","Names":["/red"],"Image":"busybox","Command":"sh","Created":1000000,
           "State":"exited","Status":"Exited (0)","SizeRw":1000}],
         "Volumes":[{"Name":"v","Driver":"local","UsageData":{"RefCount":1,"Size":400}},
          {"Name":"w","Driver":"local","UsageData":{"RefCount":0,"Size":100}},
          {"Name":"x","Driver":"far","UsageData":{"RefCount":0,"Size":-1}}],
         "BuildCache":[{"ID":"abcdefghijklmnop","Type":"regular","Size":7000,"InUse":false,"Shared":false,
           "UsageCount":2,"CreatedAt":"1970-01-12T13:46:40Z","LastUsedAt":"1970-01-12T13:46:41Z"},
          {"ID":"b","Type":"regular","Size":1000,"InUse":true,"Shared":false,"CreatedAt":"1970-01-12T13:46:40Z"}]}
        """

    private func listing() throws -> DiskUsageListing { DiskUsageListing(try json(usage), now: 1_000_060) }

    @Test("a row for each kind")
    func summary() throws {
        #expect(
            try listing().summary(format: "") == """
                TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE
                Images          2         1         3MB       1.5MB (50%)
                Containers      2         1         4kB       1kB (25%)
                Local Volumes   3         1         500B      100B (20%)
                Build Cache     2         1         8kB       7kB

                """)
        #expect(try listing().summary(format: "{{.Type}}:{{.Active}}").hasPrefix("Images:1\nContainers:1\n"))
    }

    @Test("four tables, or one object")
    func details() throws {
        #expect(
            try listing().details(format: "") == """
                Images space usage:

                REPOSITORY   TAG       IMAGE ID       CREATED              SIZE      SHARED SIZE   UNIQUE SIZE   CONTAINERS
                busybox      latest    ea41f8c807a3   About a minute ago   2MB       500kB         1.5MB         1
                <none>       <none>    111111111111   About a minute ago   1.5MB     500kB         1MB           0

                Containers space usage:

                CONTAINER ID   IMAGE     COMMAND   LOCAL VOLUMES   SIZE      CREATED              STATUS       NAMES
                dad7b7094a48   busybox   "sh"      1               3kB       About a minute ago   Up           blue
                83f83cfc4b9b   busybox   "sh"      0               1kB       About a minute ago   Exited (0)   red

                Local Volumes space usage:

                VOLUME NAME   LINKS     SIZE
                v             1         400B
                w             0         100B
                x             0         -1B

                Build cache usage: 8kB

                CACHE ID       CACHE TYPE   SIZE      CREATED              LAST USED        USAGE     SHARED
                b*             regular      1kB       About a minute ago                    0         false
                abcdefghijkl   regular      7kB       About a minute ago   59 seconds ago   2         false

                """)
        #expect(try listing().details(format: "{{range .Volumes}}{{.Name}} {{end}}") == "v w x ")
        let all = try listing().details(format: "json")
        #expect(all.hasPrefix(#"{"Images":[{"Containers":"1","#) && all.contains(#""Repository":"\u003cnone\u003e""#))
    }

    @Test("what is asked before something goes")
    func questions() {
        #expect(
            PruneKind.volumes.question(all: false)
                == "WARNING! This will remove anonymous local volumes not used by at least one container.\n"
                + "Are you sure you want to continue?")
        #expect(
            PruneKind.question([.containers, .networks, .images], all: true, filters: ["until=1h", "label!=b", "x=y"])
                == """
                WARNING! This will remove:
                  - all stopped containers
                  - all networks not used by at least one container
                  - all images without at least one container associated to them

                  Items to be pruned will be filtered with:
                  - label!=b
                  - until=1h

                Are you sure you want to continue?
                """)
    }

    @Test("what is said when it has gone")
    func reports() throws {
        let images = try json(
            #"{"ImagesDeleted":[{"Untagged":"a:1"},{"Deleted":"sha256:1"}],"SpaceReclaimed":7}"#)
        #expect(PruneKind.images.report(images) == "Deleted Images:\nuntagged: a:1\ndeleted: sha256:1\n")
        #expect(PruneKind.images.reclaimed(images) == 7)
        let nothing = try json(#"{"VolumesDeleted":null,"SpaceReclaimed":9}"#)
        #expect(PruneKind.volumes.report(nothing) == "" && PruneKind.volumes.reclaimed(nothing) == 0)
        #expect(PruneKind.networks.report(try json(#"{"NetworksDeleted":["n"]}"#)) == "Deleted Networks:\nn\n")
    }
}

@Suite("Volumes and updates")
struct VolumeRequestTests {
    private func parse(_ words: String..., flags: [Flag]) throws(ClientError) -> ParsedArguments {
        try ParsedArguments(words, flags: flags, interspersed: true)
    }

    @Test("volume create sends what was said, and nothing more")
    func create() throws {
        let plain = try VolumeRequests.create(parse(flags: VolumeRequests.flags))
        #expect(plain == VolumeCreateRequest(driver: "local"))
        let full = try VolumeRequests.create(
            parse(
                "-o", "type=tmpfs", "--label", "a=b=c", "--label", "d", "-d", "far", "name", flags: VolumeRequests.flags
            ))
        #expect(full.name == "name" && full.driver == "far" && full.driverOpts == ["type": "tmpfs"])
        #expect(full.labels == ["a": "b=c", "d": ""])
    }

    @Test(
        "labels need a name",
        arguments: [("=a", "invalid label '=a': empty name"), ("a b=c", "label 'a b' contains whitespaces")])
    func labels(text: String, words: String) {
        #expect(
            throws: ClientError(
                .usage, "invalid argument \"\(text)\" for \"--label\" flag: \(words)", exitStatus: 125)
        ) { try parse("--label", text, flags: VolumeRequests.flags) }
    }

    @Test("volumes are listed by name; what nobody counted is not available")
    func listing() throws {
        let reply = try json(
            #"{"Volumes":[{"Name":"v10","Driver":"local"},{"Name":"v2","Driver":"local","Labels":{"a":"b"}}]}"#)
        let rows = VolumeListing.rows(reply)
        #expect(try VolumeListing.format.render(rows) == "DRIVER    VOLUME NAME\nlocal     v2\nlocal     v10\n")
        #expect(
            try VolumeListing.format.render(rows, format: "{{.Name}} {{.Size}} {{.Label \"a\"}}")
                == "v2 N/A b\nv10 N/A \n")
        #expect(try VolumeListing.format.render(rows, isQuiet: true) == "v2\nv10\n")
    }

    @Test("update sends only what is to change")
    func update() throws {
        let options = try parse(
            "-m", "64m", "--memory-swap", "-1", "--cpus", "1.5", "--restart", "on-failure:3", "--cpuset-cpus", "0",
            "--pids-limit", "-1", "web", flags: ContainerUpdate.flags)
        #expect(
            try ContainerUpdate.body(options).compact
                == #"{"PidsLimit":-1,"Memory":67108864,"MemorySwap":-1,"CpusetCpus":"0","NanoCpus":1500000000,"#
                + #""RestartPolicy":{"Name":"on-failure","MaximumRetryCount":3}}"#)
        #expect(throws: ValueError("you must provide one or more flags when using this command")) {
            try ContainerUpdate.body(try parse("web", flags: ContainerUpdate.flags))
        }
        #expect(throws: ClientError.self) { try parse("--blkio-weight", "70000", flags: ContainerUpdate.flags) }
    }
}
