import Testing

@testable import DaemonOptions

@Suite("TCP ports and their TLS") struct ListenTests {
    private static let tls = ["--tlsverify"]

    @Test(
        "addresses and their ports",
        arguments: [
            ("tcp://", "tcp://127.0.0.1:2376", "tcp://127.0.0.1:2375"),
            ("tcp://:7000", "tcp://127.0.0.1:7000", "tcp://127.0.0.1:7000"),
            ("tcp://0.0.0.0", "tcp://0.0.0.0:2376", "tcp://0.0.0.0:2375"),
            ("0.0.0.0:1234", "tcp://0.0.0.0:1234", "tcp://0.0.0.0:1234"),
            ("tcp://[::]", "tcp://[::]:2376", "tcp://[::]:2375"),
            ("tcp://[2001:db8::1]:99", "tcp://[2001:db8::1]:99", "tcp://[2001:db8::1]:99"),
            ("tcp://my.host:8", "tcp://my.host:8", "tcp://my.host:8"),
        ])
    func addresses(_ text: String, _ secure: String, _ plain: String) throws {
        #expect(try load(Self.tls + ["-H", text]).listenAddresses.map(\.description) == [secure])
        #expect(try load(["--tls=false", "-H", text]).listenAddresses.map(\.description) == [plain])
    }

    @Test(
        "what is no address",
        arguments: [
            ("tcp://h:0", "invalid port: 0"), ("tcp://h:65536", "invalid port: 65536"), ("tcp://h:+5", "invalid port"),
            ("tcp://h:x", "invalid port: x"), ("tcp://h/p", "should not contain a path element"),
            ("tcp://::1:5", "an IPv6 address needs brackets"), ("tcp://[::1", "missing ']' in host"),
            ("tcp://[::1]x", "no IPv6 address in the brackets"), ("tcp://[a]:5", "no IPv6 address in the brackets"),
        ])
    func malformed(_ text: String, _ words: String) {
        #expect(refusal(Self.tls + ["-H", text]).contains("invalid bind address"))
        #expect(refusal(Self.tls + ["-H", text]).contains(words), "\(refusal(Self.tls + ["-H", text]))")
    }

    @Test("TCP without TLS must be asked for")
    func plain() throws {
        for arguments in [["-H", "tcp://127.0.0.1:2375"], ["-H", "unix:///a", "-H", ":2375"]] {
            let words = refusal(arguments)
            #expect(words.contains("binding to IP address without --tlsverify is insecure and gives root access"))
            #expect(words.contains("must be asked for with --tls=false"))
            #expect(try load(arguments + ["--tls=false"]).openPorts.map(\.lack) == ["encryption"])
        }
        #expect(
            refusal([], file: #"{"hosts": ["tcp://0.0.0.0:2375"]}"#).contains("refusing to listen on tcp://0.0.0.0"))
        #expect(try load([], file: #"{"hosts": ["tcp://0.0.0.0:2375"], "tls": false}"#).tls == nil)
        #expect(try load([]).openPorts.isEmpty)
    }

    @Test("TLS means that clients are verified, unless somebody says no; tlsverify in either form means TLS")
    func verification() throws {
        #expect(try load([]).tls == nil)
        #expect(try load(["--tls"]).tls?.verifiesClients == true)
        #expect(try load(["--tlsverify"]).tls?.verifiesClients == true)
        #expect(try load(["--tls=false", "--tlsverify"]).tls?.verifiesClients == true)
        #expect(try load(["--tlsverify=false"]).tls?.verifiesClients == false)
        #expect(
            try load(["--tls", "--tlsverify=false", "-H", "tcp://"]).openPorts.map(\.lack) == [
                "TLS client verification"
            ])
        #expect(try load(["--tls"]).listenAddresses == [.tcp(host: "127.0.0.1", port: 2376)], "as dockerd's")
        #expect(try load(["--tlsverify", "-H", "unix:///a"]).listenAddresses == [.unix(path: "/a")])
    }

    @Test("files, on the command line and in daemon.json")
    func files() throws {
        let flags = try load([
            "--tlsverify", "--tlscacert", "/c/ca.pem", "--tlscert=/c/cert.pem", "--tlskey", "key.pem",
        ])
        let file = try load(
            [],
            file: """
                {"hosts": ["tcp://", "unix:///a"], "tlsverify": true,
                 "tlscacert": "/c/ca.pem", "tlscert": "/c/cert.pem", "tlskey": "key.pem"}
                """)
        #expect(flags.tls == file.tls)
        #expect(flags.tls?.description == "/c/cert.pem, key.pem, clients of /c/ca.pem")
        #expect(try load(["--tls"]).tls?.certificate == "/etc/causeway/cert.pem")
        #expect(file.listenAddresses == [.tcp(host: "127.0.0.1", port: 2376), .unix(path: "/a")])
        let reload = try file.reload(arguments: []) { _ in
            Array(#"{"hosts": ["tcp://", "unix:///a"], "tls": false}"#.utf8)
        }
        #expect(reload.needsRestart.map(\.name).sorted() == ["hosts", "tls"])
    }
}
