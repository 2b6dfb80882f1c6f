/// An operation that is cut short at each of its steps.
struct CrashOperation: Sendable {
    var name: String
    /// What has to be there before: command lines.
    var before: [String] = []
    /// The operation: a command line of the user's.
    var command: String
    /// What takes everything away, whether the operation was done or not.
    var after: [String]
    /// The daemon's options, where these are not the walk's own.
    var needs: Need?

    /// What an operation needs beside docker.
    enum Need: Sendable { case registry }
}

extension CrashOperation {
    private static let removeContainer = "docker rm -f -v c1 >/dev/null 2>&1 || true"
    private static func remove(network name: String) -> String { "docker network rm \(name) >/dev/null 2>&1 || true" }
    private static func remove(volume name: String) -> String { "docker volume rm -f \(name) >/dev/null" }
    private static let published = "-p 8080:80 -p 8081:81/udp"

    /// A container with all that one can have: a port, names, a volume with a file system of its own, a part of another.
    private static let full = [
        "docker network create n1 >/dev/null",
        "docker volume create --opt type=tmpfs --opt device=tmpfs t1 >/dev/null",
        "docker run --rm -v v1:/d busybox mkdir -p /d/part",
        "docker create --name c1 --network n1 --ipc shareable \(published) -v t1:/t --mount type=volume,src=v1,dst=/p,volume-subpath=part busybox sleep 1000 >/dev/null",
        // Its name files and its log stay from a run to the next.
        "docker start c1 >/dev/null && docker stop -t 0 c1 >/dev/null",
    ]
    private static let fullAfter = [removeContainer, remove(network: "n1"), remove(volume: "t1"), remove(volume: "v1")]

    /// All of them.
    static let all: [CrashOperation] = containers + wiring + others + images

    static let containers = [
        CrashOperation(
            name: "create", before: ["docker volume create v1"],
            command: "docker create --name c1 \(published) -v /anonymous -v v1:/etc busybox sleep 1000",
            after: [removeContainer, remove(volume: "v1")]),
        CrashOperation(name: "start", before: full, command: "docker start c1", after: fullAfter),
        CrashOperation(
            name: "stop", before: full + ["docker start c1 >/dev/null"], command: "docker stop -t 0 c1",
            after: fullAfter),
        CrashOperation(
            name: "restart", before: full + ["docker start c1 >/dev/null"], command: "docker restart -t 0 c1",
            after: fullAfter),
        CrashOperation(
            name: "pause", before: ["docker run -d --name c1 busybox sleep 1000"], command: "docker pause c1",
            after: [removeContainer]),
        CrashOperation(
            name: "unpause", before: ["docker run -d --name c1 busybox sleep 1000", "docker pause c1"],
            command: "docker unpause c1", after: [removeContainer]),
        CrashOperation(
            name: "remove",
            before: ["docker create --name c1 -v /anonymous busybox true >/dev/null"], command: "docker rm -v c1",
            after: [removeContainer]),
        CrashOperation(
            name: "remove by force", before: full + ["docker start c1 >/dev/null"], command: "docker rm -f c1",
            after: fullAfter),
        CrashOperation(
            name: "end with --rm",
            before: ["docker create --rm --name c1 \(published) -v /anonymous busybox true"],
            command: "docker start -a c1",
            after: [removeContainer]),
        CrashOperation(
            name: "restart with --rm",
            before: ["docker run -d --rm --name c1 \(published) -v /anonymous busybox sleep 1000"],
            command: "docker restart -t 0 c1", after: [removeContainer]),
    ]

    private static let running = [
        "docker network create n1 >/dev/null", "docker run -d --name c1 \(published) busybox sleep 1000",
    ]

    static let wiring = [
        CrashOperation(
            name: "connect", before: running, command: "docker network connect --gw-priority 1 n1 c1",
            after: [removeContainer, remove(network: "n1")]),
        CrashOperation(
            name: "disconnect", before: running + ["docker network connect --gw-priority 1 n1 c1"],
            command: "docker network disconnect n1 c1", after: [removeContainer, remove(network: "n1")]),
        CrashOperation(
            name: "disconnect the first", before: running + ["docker network connect n1 c1"],
            command: "docker network disconnect bridge c1", after: [removeContainer, remove(network: "n1")]),
        CrashOperation(
            name: "network create",
            command: "docker network create --ipv6 --subnet 2001:db8:77::/64 --subnet 10.77.0.0/24 n2",
            after: [remove(network: "n2")]),
        CrashOperation(
            name: "network remove",
            before: ["docker network create --ipv6 --subnet 2001:db8:77::/64 --subnet 10.77.0.0/24 n2"],
            command: "docker network rm n2", after: [remove(network: "n2")]),
    ]

    static let others = [
        CrashOperation(name: "volume create", command: "docker volume create v1", after: [remove(volume: "v1")]),
        CrashOperation(
            name: "volume remove",
            before: ["docker volume create v1", "docker run --rm -v v1:/d busybox touch /d/kept"],
            command: "docker volume rm v1", after: [remove(volume: "v1")]),
    ]

    static let images = [
        CrashOperation(
            name: "image load",
            before: [
                "docker save busybox -o /run/causeway-lab/$CAUSEWAY_LAB/busybox.tar", "docker rmi busybox >/dev/null",
            ],
            command: "docker load -q -i /run/causeway-lab/$CAUSEWAY_LAB/busybox.tar", after: []),
        CrashOperation(
            name: "image remove",
            before: ["docker save busybox -o /run/causeway-lab/$CAUSEWAY_LAB/busybox.tar"],
            command: "docker rmi busybox",
            after: ["docker load -q -i /run/causeway-lab/$CAUSEWAY_LAB/busybox.tar >/dev/null"]),
        CrashOperation(
            name: "image pull",
            before: [
                "docker tag busybox \(LabRegistries.plain)/busybox", "docker push -q \(LabRegistries.plain)/busybox",
                "docker rmi busybox \(LabRegistries.plain)/busybox >/dev/null",
            ],
            command: "docker pull -q \(LabRegistries.plain)/busybox",
            after: [
                "docker tag \(LabRegistries.plain)/busybox busybox",
                "docker rmi \(LabRegistries.plain)/busybox >/dev/null",
            ], needs: .registry),
    ]
}
