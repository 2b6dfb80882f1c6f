import EngineAPI
import Testing

@testable import ImageStore

@Suite("parts without files")
struct PureTests {
    @Test(
        "member names",
        arguments: [("./a//b/", "a/b"), ("a", "a"), (".", "."), ("a/./b", "a/b"), ("..a/b..", "..a/b..")])
    func memberNames(name: String, path: String) throws {
        #expect(try MemberPath(Array(name.utf8)).description == path)
    }

    @Test("hostile member names", arguments: ["/etc/passwd", "../x", "a/../../x", "a/..", "//x"])
    func hostileNames(name: String) {
        #expect(throws: ImageError.self) { try MemberPath(Array(name.utf8)) }
    }

    @Test("chain ids are those of the OCI specification")
    func chain() {
        let a = ContentDigest.of(Array("a".utf8))
        #expect(a == "sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb")
        let chain = ContentDigest.chainIDs([a, a])
        #expect(chain[0] == a)
        #expect(chain[1] == ContentDigest.of(Array("\(a) \(a)".utf8)))
    }

    @Test("sizes and bars as Docker draws them")
    func bars() {
        #expect(ProgressBar.humanSize(0) == "0B")
        #expect(ProgressBar.humanSize(999) == "999B")
        #expect(ProgressBar.humanSize(32768) == "32.77kB")
        #expect(ProgressBar.humanSize(4_297_216) == "4.297MB")
        #expect(ProgressBar.humanSize(1_000_000_000) == "1GB")
        #expect(
            ProgressBar.text(32768, 4_297_216)
                == "[>" + String(repeating: " ", count: 50) + "]  32.77kB/4.297MB")
        #expect(ProgressBar.text(10, 10) == "[" + String(repeating: "=", count: 50) + ">]      10B/10B")
    }

    @Test("--change instructions")
    func instructions() throws {
        var config = ContainerConfig()
        try ImportInstructions.apply(
            [
                "CMD [\"sh\",\"-c\",\"true\"]", "entrypoint run it", "ENV A=1 B=\"two words\" C=it\\ is", "ENV A=9",
                "ENV OLD form of it", "EXPOSE 80 53/udp 8000-8002", "LABEL x=y \"long key\"='some value'",
                "ONBUILD RUN echo hi", "USER 1000:1000", "VOLUME /data /more", "VOLUME [\"/with space\"]",
                "WORKDIR /a", "WORKDIR b/../c", "STOPSIGNAL SIGINT",
            ], to: &config)
        #expect(config.cmd == ["sh", "-c", "true"])
        #expect(config.entrypoint == ["/bin/sh", "-c", "run it"])
        #expect(config.env == ["B=two words", "C=it is", "A=9", "OLD=form of it"])
        #expect(config.exposedPorts?.keys.sorted() == ["53/udp", "80/tcp", "8000/tcp", "8001/tcp", "8002/tcp"])
        #expect(config.labels == ["x": "y", "long key": "some value"])
        #expect(config.onBuild == ["RUN echo hi"])
        #expect(config.user == "1000:1000")
        #expect(config.volumes?.keys.sorted() == ["/data", "/more", "/with space"])
        #expect(config.workingDir == "/a/c")
        #expect(config.stopSignal == "SIGINT")
    }

    @Test(
        "wrong instructions",
        arguments: [
            "RUN x", "FROM y", "ENV", "ENV A", "ENV A=1 B", "EXPOSE x", "EXPOSE 0", "LABEL \"a=b", "ONBUILD FROM x",
        ])
    func wrongInstructions(line: String) {
        var config = ContainerConfig()
        #expect(throws: ImageError.self) { try ImportInstructions.apply([line], to: &config) }
    }

    @Test("platforms")
    func platforms() throws {
        #expect(try Platform(parsing: "linux/arm64/v8") == Platform(architecture: "arm64", os: "linux", variant: "v8"))
        #expect(try Platform(parsing: "linux/amd64").fits(Platform(architecture: "amd64", os: "linux")))
        #expect(
            Platform(architecture: "arm", os: "linux", variant: "v6").fits(
                Platform(architecture: "arm", os: "linux", variant: "v7")))
        #expect(
            !Platform(architecture: "arm", os: "linux", variant: "v7").fits(
                Platform(architecture: "arm", os: "linux", variant: "v6")))
        #expect(throws: ImageError.self) { try Platform(parsing: "windows/amd64") }
        #expect(throws: ImageError.self) { try Platform(parsing: "linux//x") }
    }
}
