import IPAddressing
import SystemCalls
import Testing

@testable import DaemonOptions

@Suite("daemon.json")
struct ConfigurationFileTests {
    @Test("Every key that is taken")
    func everything() throws {
        let configuration = try load(
            [],
            file: """
                {
                    "hosts": ["unix:///tmp/a.sock", "fd://"],
                    "data-root": "/d", "exec-root": "/e", "pidfile": "/p.pid", "bip": "10.1.2.3/24",
                    "fixed-cidr": "10.1.2.128/25", "default-gateway": "10.1.2.9",
                    "default-address-pools": [
                        {"base": "10.0.0.0/8", "size": 24}, {"size": 20, "base": "192.168.0.0/16"}
                    ],
                    "mtu": 1400, "icc": false, "ip-masq": false, "ip-forward": false, "ip-forward-no-drop": true,
                    "iptables": true, "ip": "127.0.0.1", "dns": ["8.8.8.8", "1.1.1.1"], "dns-opts": ["ndots:1"],
                    "dns-search": ["example.com"], "userland-proxy": false, "live-restore": false, "log-level": "warn",
                    "debug": true, "group": "wheel"
                }
                """)
        #expect(configuration.listenAddresses == [.unix(path: "/tmp/a.sock"), .systemd(name: nil)])
        #expect(configuration.defaultAddressPools.map(\.size) == [24, 20])
        #expect(configuration.mtu == 1400 && !configuration.icc && configuration.ipForwardNoDrop && configuration.debug)
        #expect(configuration.dns.count == 2 && configuration.dnsSearch == ["example.com"])
        #expect(configuration.configFileWasFound && configuration.group == "wheel" && !configuration.liveRestore)
        #expect(try load([], file: #"{"bridge": "br0"}"#).bridge == "br0")
    }

    @Test(
        "Empty files, a byte order mark and null set nothing",
        arguments: ["", " \n", "{}", "\u{FEFF}{}", #"{"mtu": null}"#])
    func empty(_ text: String) throws {
        var configuration = try load([], file: text)
        #expect(configuration.configFileWasFound)
        configuration.configFileWasFound = false
        #expect(configuration == DaemonConfiguration())
    }

    @Test("A default file that is missing is fine; a named one is not; one that cannot be read never is")
    func missing() throws {
        #expect(
            refusal(["--config-file=/x.json"])
                == "unable to configure the Causeway daemon with file /x.json: open /x.json: No such file or directory")
        #expect(throws: DaemonOptionError.self) {
            try DaemonConfiguration.load(arguments: []) { path throws(SystemCallError) in
                throw SystemCallError("open", path, .notPermitted)
            }
        }
        #expect(try load(["--config-file="]).configFile.isEmpty)
    }

    @Test("Keys that no option has")
    func unknown() {
        #expect(
            refusal([], file: #"{"x": 1}"#) == inFile
                + "the following directives don't match any configuration option: x")
        #expect(
            refusal([], file: #"{"x": 1, "mtu": 1400, "y": {}, "config-file": "/z"}"#)
                == inFile + "the following directives don't match any configuration option: x, y, config-file")
        // The file's names differ from the command line's.
        #expect(refusal([], file: #"{"host": ["fd://"]}"#).hasSuffix("configuration option: host"))
        #expect(refusal([], file: #"{"dns-opt": ["x"]}"#).hasSuffix("configuration option: dns-opt"))
        #expect(refusal([], file: #"{"label": ["a=b"]}"#).hasSuffix("configuration option: label"))
    }

    @Test func `networking keys are dockerd's`() throws {
        let configuration = try load(
            [],
            file: """
                {"ipv6": true, "ip6tables": false, "firewall-backend": "nftables", "host-gateway-ips": ["192.0.2.1"],
                 "default-network-opts": {"bridge": {"com.docker.network.driver.mtu": "1400"}}}
                """)
        #expect(configuration.ipv6 && !configuration.ip6tables && configuration.firewallBackend == .nftables)
        #expect(configuration.hostGatewayIPs.map(\.description) == ["192.0.2.1"])
        #expect(configuration.defaultNetworkOptions == ["bridge": ["com.docker.network.driver.mtu": "1400"]])
        #expect(try load([], file: #"{"network-repair": "warn"}"#).networkRepair == .warn)
        #expect(refusal([], file: #"{"network-repair": "on"}"#).contains("restore or warn"))
        #expect(
            try load([], file: #"{"host-gateway-ip": "192.0.2.7"}"#).hostGatewayIPs.map(\.description) == ["192.0.2.7"])
        #expect(
            refusal([], file: #"{"default-network-opts": {"bridge": 1}}"#)
                .hasSuffix("default-network-opts: bridge should be an object, not a number"))
    }

    @Test("Logs and proxies, as administrators write them")
    func logsAndProxies() throws {
        let configuration = try DaemonConfiguration.load(arguments: ["--log-opt=mode=blocking"]) {
            (_) throws(SystemCallError) in
            Array(#"{"log-driver": "none", "proxies": {"http-proxy": "http://a:1", "no-proxy": "b,c"}}"#.utf8)
        }
        #expect(configuration.logDriver == "none" && configuration.logOptions == ["mode": "blocking"])
        #expect(configuration.httpProxy == "http://a:1" && configuration.httpsProxy == nil)
        #expect(configuration.noProxy == "b,c")
        let sizes = try DaemonConfiguration.load(arguments: []) { (_) throws(SystemCallError) in
            Array(#"{"log-opts": {"max-size": "10m", "max-file": "3"}}"#.utf8)
        }
        #expect(sizes.logOptions == ["max-size": "10m", "max-file": "3"])
        #expect(refusal([], file: #"{"log-opts": {"max-file": 3}}"#).contains("max-file should be a string"))
        #expect(refusal([], file: #"{"proxies": {"ftp-proxy": "x"}}"#).contains("proxies.ftp-proxy"))
        #expect(
            refusal(["--http-proxy=http://x"], file: #"{"proxies": {"http-proxy": "http://a:1"}}"#)
                .contains("http-proxy: (from flag: http://x, from file: http://a:1)"))
    }

    @Test("Keys of dockerd's that are not built")
    func dockerOnly() {
        #expect(
            refusal([], file: #"{"storage-driver": "overlay2"}"#)
                == inFile + "storage-driver is an option of dockerd that causewayd does not have yet; remove it")
        #expect(
            refusal([], file: #"{"labels": [], "mtu": 1400, "exec-opts": []}"#)
                == inFile + "exec-opts, labels are options of dockerd that causewayd does not have yet; remove them")
        for key in [
            "runtimes", "features", "builder", "labels",
            "default-ulimits", "userns-remap", "experimental",
        ] {
            #expect(
                refusal([], file: "{\"\(key)\": {}}").hasSuffix(
                    "\(key) is an option of dockerd that causewayd does not have yet; remove it"))
        }
    }

    @Test("The same setting in both places")
    func conflicts() {
        #expect(
            refusal(["--mtu=1400"], file: #"{"mtu": 1500}"#)
                == inFile + "the following directives are specified both as a flag and in the configuration file: "
                + "mtu: (from flag: 1400, from file: 1500)")
        #expect(
            refusal(
                ["-H", "fd://", "--icc", "-D=false"],
                file: #"{"hosts": ["unix:///a", "fd://"], "debug": true, "icc": true}"#
            )
            .hasSuffix(
                "debug: (from flag: false, from file: true), "
                    + "hosts: (from flag: [fd://], from file: [unix:///a fd://]), "
                    + "icc: (from flag: true, from file: true)"))
        #expect(
            refusal(["--dns=8.8.8.8", "--dns=1.1.1.1"], file: #"{"dns": ["9.9.9.9"]}"#)
                .hasSuffix("dns: (from flag: [8.8.8.8,1.1.1.1], from file: [9.9.9.9])"))
        #expect(refusal(["--mtu=1400"], file: #"{"debug": true}"#) == "accepted")
    }

    @Test(
        "Values of the wrong kind, and values that are wrong",
        arguments: [
            (#"{"mtu": "1500"}"#, "mtu: it should be a number, not a string"),
            (#"{"icc": "true"}"#, "icc: it should be true or false, not a string"),
            (#"{"bip": 1}"#, "bip: it should be a string, not a number"),
            (#"{"hosts": "fd://"}"#, "hosts: it should be an array of strings, not a string"),
            (#"{"dns": [1]}"#, "dns: it should be an array of strings, and each of them a string, not a number"),
            (
                #"{"default-address-pools": {}}"#,
                "default-address-pools: it should be an array of objects with base and size"
            ),
            (#"{"default-address-pools": [1]}"#, "default-address-pools: each pool should be an object"),
            (
                #"{"default-address-pools": [{"base": 1}]}"#,
                "default-address-pools: base should be a string, not a number"
            ),
            (
                #"{"default-address-pools": [{"base": "10.0.0.0/8", "size": "24"}]}"#,
                "default-address-pools: size should be"
            ),
            (#"{"default-address-pools": [{"bas": "10.0.0.0/8"}]}"#, "default-address-pools: unexpected key 'bas'"),
            (
                #"{"default-address-pools": [{"base": "10.0.0.0/8"}]}"#,
                "invalid value \"base=10.0.0.0/8\" of default-address-pools: "
            ),
            (#"{"mtu": 1500.5}"#, "invalid value \"1500.5\" of mtu: it is not a whole number"),
            (#"{"mtu": 20}"#, "invalid value \"20\" of mtu: an MTU lies between"),
            (#"{"log-level": "loud"}"#, "invalid value \"loud\" of log-level: invalid logging level: loud"),
            (#"{"dns": ["x"]}"#, "invalid value \"x\" of dns: it is not an IP address"),
            ("[]", "an object should be at the top"),
            ("{\"mtu\": 1,\n \"icc\": yes}", "invalid JSON at line 2, column 9: a value cannot begin with 'y'"),
            (
                "{\"mtu\": 1500\n \"icc\": true}",
                "invalid JSON at line 2, column 2: a comma or a closing brace should be here"
            ),
            ("{\"mtu\": 1500,}", "invalid JSON at line 1, column 14: a key in double quotes should be here"),
            ("{", "invalid JSON at line 1, column 2: a key in double quotes should be here"),
            ("{} x", "invalid JSON at line 1, column 4: something follows"),
            ("{\"a", "invalid JSON at line 1, column 2: the text that begins here"),
        ])
    func wrong(_ text: String, _ message: String) {
        #expect(refusal([], file: text).hasPrefix(inFile + message), "\(refusal([], file: text))")
    }

    @Test("The whole is checked after both are joined")
    func together() {
        #expect(
            refusal(["--bip=10.0.0.1/24"], file: #"{"fixed-cidr": "10.1.0.0/24"}"#).hasPrefix(
                "merged configuration validation"))
        #expect(refusal(["--icc=false"], file: #"{"iptables": false}"#).hasPrefix("You specified --iptables=false"))
    }
}

@Suite("JSON")
struct JSONReaderTests {
    @Test("All kinds of values")
    func values() throws {
        let text = #" {"a": [1, -2.5e+3, true, false, null, "x\u00e9\ud83d\ude00\n\"\\\/"], "b": {"c": {}}, "d": []} "#
        #expect(
            try JSONReader.read(Array(text.utf8))
                == .object([
                    .init(
                        key: "a",
                        value: .array([
                            .number("1"), .number("-2.5e+3"), .bool(true), .bool(false), .null,
                            .string("xé😀\n\"\\/"),
                        ])), .init(key: "b", value: .object([.init(key: "c", value: .object([]))])),
                    .init(key: "d", value: .array([])),
                ]))
    }

    @Test(
        "What is no JSON",
        arguments: [
            "", "01", "-", "1.", "1e", "tru", "nul", "\"a\nb\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"",
            "\"\\ud800\\u0041\"", "[1,]",
            "[1 2]", "{1: 2}", "{\"a\" 1}", "'a'", "\"\\u+123\"", "[", "{\"a\":", "1 2", "\u{7}",
        ])
    func refuses(_ text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test("Hostile input: nested without end, and bytes that are no UTF-8")
    func hostile() {
        #expect(throws: JSONSyntaxError.self) {
            try JSONReader.read([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000))
        }
        #expect(throws: JSONSyntaxError.self) { try JSONReader.read([0x22, 0xFF, 0x22]) }
    }
}
