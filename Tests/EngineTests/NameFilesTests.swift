import Testing

@testable import Engine

@Suite("Name files")
struct NameFilesTests {
    @Test("hosts as Docker writes it")
    func hosts() {
        let text = NameFiles.hosts(
            hostname: "ef026d18edc0", addresses: ["172.17.0.2"], extra: [(address: "192.0.2.7", name: "db")])
        #expect(
            text == """
                127.0.0.1\tlocalhost
                ::1\tlocalhost ip6-localhost ip6-loopback
                fe00::\tip6-localnet
                ff00::\tip6-mcastprefix
                ff02::1\tip6-allnodes
                ff02::2\tip6-allrouters
                192.0.2.7\tdb
                172.17.0.2\tef026d18edc0

                """)
    }

    @Test("a domain gives both forms of the name")
    func domain() {
        let text = NameFiles.hosts(hostname: "red", domainname: "lab.test", addresses: ["172.17.0.2"])
        #expect(text.hasSuffix("172.17.0.2\tred.lab.test red\n"))
    }

    @Test("resolv.conf leaves out the host's loopback resolvers")
    func loopback() {
        let host = "nameserver 127.0.0.53\nnameserver 192.0.2.53\nsearch lab.test\noptions edns0 trust-ad\n"
        let text = NameFiles.resolvConf(host: host, servers: [], search: [], options: [])
        #expect(text.contains("nameserver 192.0.2.53\n"))
        #expect(!text.contains("127.0.0.53"))
        #expect(text.contains("search lab.test\n"))
        #expect(text.contains("options edns0 trust-ad\n"))
        #expect(text.contains("# Overrides: []"))
    }

    @Test("without a reachable resolver none is made up")
    func none() {
        let text = NameFiles.resolvConf(host: "nameserver ::1\n", servers: [], search: [], options: [])
        #expect(!text.contains("\nnameserver"))
        #expect(text.contains("see --dns"))
    }

    @Test("options of the container come first")
    func overrides() {
        let text = NameFiles.resolvConf(
            host: "nameserver 192.0.2.53\nsearch a\n", servers: ["203.0.113.53"], search: ["."], options: ["ndots:1"])
        #expect(text.contains("nameserver 203.0.113.53\n"))
        #expect(!text.contains("192.0.2.53"))
        #expect(!text.contains("\nsearch"))
        #expect(text.contains("# Overrides: [nameservers search options]"))
    }
}
