import IPAddressing
import SystemCalls
import Testing

@testable import DaemonOptions

@Suite("The command line")
struct CommandLineTests {
    @Test("Nothing given: Docker's defaults in Causeway's places")
    func defaults() throws {
        let configuration = try load([])
        #expect(configuration == DaemonConfiguration())
        #expect(configuration.listenAddresses == [.unix(path: "/var/run/docker.sock")])
        #expect(configuration.dataRoot == "/var/lib/causeway")
        #expect(configuration.execRoot == "/run/causeway")
        #expect(configuration.pidFile == "/run/causeway.pid")
        #expect(configuration.icc && configuration.iptables && configuration.ipForward && configuration.ipMasquerade)
        #expect(configuration.liveRestore && configuration.userlandProxy)
        #expect(!configuration.ipForwardNoDrop && !configuration.debug && !configuration.configFileWasFound)
        #expect(configuration.mtu == nil && configuration.bip == nil)
        #expect(configuration.group == "docker")
    }

    @Test("Every option, in every spelling")
    func everything() throws {
        let configuration = try load([
            "-H", "unix:///tmp/a.sock", "--host=fd://", "-Hfd://api", "--data-root", "/d/", "--exec-root=/e",
            "-p=/p.pid",
            "--bip", "10.1.2.3/24", "--fixed-cidr=10.1.2.128/25", "--default-gateway", "10.1.2.9",
            "--default-address-pool", "base=10.0.0.0/8,size=24", "--default-address-pool=size=64,base=fd00::/48",
            "--mtu=1400", "--icc=false", "--ip-masq=0", "--ip-forward=f", "--ip-forward-no-drop", "--ip=127.0.0.1",
            "--dns", "8.8.8.8,1.1.1.1", "--dns=2001:db8::1", "--dns-opt", "ndots:1", "--dns-search", "example.com",
            "--userland-proxy=FALSE", "--live-restore=False", "-l", "warn", "-D", "-G", "wheel",
        ])
        #expect(
            configuration.listenAddresses == [.unix(path: "/tmp/a.sock"), .systemd(name: nil), .systemd(name: "api")])
        #expect(configuration.dataRoot == "/d" && configuration.execRoot == "/e" && configuration.pidFile == "/p.pid")
        #expect(configuration.bip == IPPrefix("10.1.2.3/24"))
        #expect(configuration.fixedCIDR == IPPrefix("10.1.2.128/25"))
        #expect(configuration.defaultGateway == IPv4Address("10.1.2.9"))
        #expect(
            configuration.defaultAddressPools.map(\.description) == [
                "base=10.0.0.0/8,size=24", "base=fd00::/48,size=64",
            ])
        #expect(configuration.mtu == 1400)
        #expect(!configuration.icc && !configuration.ipMasquerade && !configuration.ipForward)
        #expect(configuration.ipForwardNoDrop && !configuration.userlandProxy && !configuration.liveRestore)
        #expect(configuration.hostBindingIP == IPAddress("127.0.0.1"))
        #expect(configuration.dns.map(\.description) == ["8.8.8.8", "1.1.1.1", "2001:db8::1"])
        #expect(configuration.dnsOptions == ["ndots:1"] && configuration.dnsSearch == ["example.com"])
        #expect(configuration.logLevel == .warn && configuration.effectiveLogLevel == .debug)
        #expect(configuration.group == "wheel")
    }

    @Test("true and false as Go reads them", arguments: ["", "=true", "=1", "=t", "=T", "=TRUE", "=True"])
    func truth(_ suffix: String) throws {
        #expect(try load(["--ip-forward-no-drop\(suffix)"]).ipForwardNoDrop)
        #expect(try load(["-D\(suffix)"]).debug)
    }

    @Test("Letters run together; the last value counts")
    func letters() throws {
        let configuration = try load(["-Dldebug", "--mtu", "1400", "--mtu", "1300", "-D=false"])
        #expect(!configuration.debug && configuration.logLevel == .debug && configuration.mtu == 1300)
    }

    @Test("--bridge names a bridge of the user's, or none")
    func bridge() throws {
        let named = try load(["-b", "br0"])
        #expect(named.bridge == "br0" && named.bridgeIsUsers && !named.isBridgeDisabled)
        let none = try load(["--bridge=none"])
        #expect(none.bridge == "docker0" && !none.bridgeIsUsers && none.isBridgeDisabled)
        #expect(try !load(["--bridge="]).bridgeIsUsers)
    }

    @Test("No iptables, no masquerade; no pid file; no group")
    func small() throws {
        let configuration = try load(["--iptables=false", "--pidfile", "", "--group="])
        #expect(!configuration.iptables && !configuration.ipMasquerade)
        #expect(configuration.pidFile == nil && configuration.group == nil)
        #expect(try load(["--mtu=0"]).mtu == nil)
    }

    @Test(
        "What is wrong is said in dockerd's words",
        arguments: [
            (["--xyz"], "unknown flag: --xyz\nSee 'causewayd --help'."),
            (["-x"], "unknown shorthand flag: 'x' in -x\nSee 'causewayd --help'."),
            (["-Dx"], "unknown shorthand flag: 'x' in -Dx\nSee 'causewayd --help'."),
            (["--mtu"], "flag needs an argument: --mtu\nSee 'causewayd --help'."),
            (["-p"], "flag needs an argument: 'p' in -p\nSee 'causewayd --help'."),
            (
                ["--icc", "false"],
                "\"causewayd\" accepts no argument(s).\nSee 'causewayd --help'.\n\nUsage:  causewayd"
            ),
            (["--", "--icc"], "\"causewayd\" accepts no argument(s)."),
            (["--icc=maybe"], "invalid argument \"maybe\" for \"--icc\" flag: "),
            (["-l", "loud"], "invalid argument \"loud\" for \"-l, --log-level\" flag: invalid logging level: loud"),
            (["--mtu=big"], "invalid argument \"big\" for \"--mtu\" flag: it is not a whole number"),
            (["--mtu=67"], "invalid argument \"67\" for \"--mtu\" flag: an MTU lies between 68 and 65535 bytes"),
            (["--mtu=65536"], "invalid argument \"65536\""), (["--mtu=-1"], "invalid argument \"-1\""),
            (["--bip=10.0.0.1"], "invalid argument \"10.0.0.1\" for \"--bip\" flag: it is not an IPv4 address with"),
            (["--bip=fd00::1/64"], "invalid argument"), (["--bip=10.0.0.0/24"], "invalid argument"),
            (["--bip=10.0.0.255/24"], "invalid argument"), (["--bip=10.0.0.1/31"], "invalid argument"),
            (["--fixed-cidr=10.0.0.0"], "invalid argument"), (["--default-gateway=fd00::1"], "invalid argument"),
            (["--dns=dns.example"], "invalid argument \"dns.example\" for \"--dns\" flag: it is not an IP address"),
            (["--dns=8.8.8.8,x"], "invalid argument \"x\" for \"--dns\" flag"), (["--ip=here"], "invalid argument"),
            (
                ["--dns-search=-bad-.x"],
                "invalid argument \"-bad-.x\" for \"--dns-search\" flag: -bad-.x is not a valid domain"
            ),
            (["--dns-opt="], "invalid argument"), (["--data-root=var"], "invalid argument \"var\""),
            (["--bridge=a-name-of-sixteen"], "invalid argument"), (["--bridge=a/b"], "invalid argument"),
            (
                ["--default-address-pool=10.0.0.0/8"],
                "invalid argument \"10.0.0.0/8\" for \"--default-address-pool\" flag: invalid field"
            ),
            (["--default-address-pool=base=10.0.0.0/8"], "invalid argument"),
            (["--default-address-pool=base=10.0.0.0/8,size=7"], "invalid argument"),
            (["--default-address-pool=base=10.0.0.0/8,size=31"], "invalid argument"),
            (["--default-address-pool=base=x,size=24"], "invalid argument"),
            (["--default-address-pool=base=10.0.0.0/8,size=24,x=1"], "invalid argument"),
            (["-H", "tcp://0.0.0.0:2375/x"], "invalid argument \"tcp://0.0.0.0:2375/x\" for \"-H, --host\" flag: inv"),
            (
                ["-H", "npipe://x"],
                "invalid argument \"npipe://x\" for \"-H, --host\" flag: invalid bind address (npipe://x): uns"
            ),
            (["-H", "unix://relative"], "invalid argument"),
            (["-H", "unix:///" + String(repeating: "x", count: 107)], "invalid argument"),
        ])
    func refusals(_ arguments: [String], _ message: String) {
        #expect(refusal(arguments).hasPrefix(message), "\(refusal(arguments))")
    }

    @Test("What no option can check alone")
    func together() {
        #expect(
            refusal(["-b", "br0", "--bip", "10.0.0.1/24"]).hasPrefix("You specified -b & --bip, mutually exclusive"))
        #expect(
            refusal(["--icc=false", "--iptables=false"]).hasPrefix("You specified --iptables=false with --icc=false."))
        #expect(
            refusal(["--bip=10.0.0.1/24", "--fixed-cidr=10.0.1.0/25"])
                == "merged configuration validation from file and command line flags failed: fixed-cidr "
                + "10.0.1.0/25 does not lie in the bridge's subnet 10.0.0.0/24")
        #expect(refusal(["--bip=10.0.0.1/24", "--fixed-cidr=10.0.0.0/16"]).hasPrefix("merged configuration"))
        #expect(refusal(["--bip=10.0.0.1/24", "--default-gateway=10.0.1.1"]).hasPrefix("merged configuration"))
        #expect(
            refusal([
                "--default-address-pool=base=10.0.0.0/8,size=24", "--default-address-pool=base=10.1.0.0/16,size=24",
            ])
            .contains("overlap"))
        #expect(refusal(["--data-root=/x", "--exec-root=/x/"]).contains("same directory"))
    }

    @Test("Registries: those without TLS, mirrors, and numbers of transfers")
    func registries() throws {
        let configuration = try load([
            "--insecure-registry", "203.0.113.8:5000", "--insecure-registry=198.51.100.0/24",
            "--registry-mirror=https://mirror.test", "--max-concurrent-downloads=7", "--max-concurrent-uploads=0",
            "--max-download-attempts=2",
        ])
        #expect(configuration.insecureRegistries == ["203.0.113.8:5000", "198.51.100.0/24"])
        #expect(configuration.registryMirrors == ["https://mirror.test/"])
        #expect(configuration.maxConcurrentDownloads == 7 && configuration.maxConcurrentUploads == 5)
        #expect(configuration.maxDownloadAttempts == 2)
        #expect(refusal(["--insecure-registry=http://a.test"]).contains("should not contain '://'"))
        #expect(refusal(["--registry-mirror=mirror.test"]).contains("no scheme specified"))
        #expect(refusal(["--registry-mirror=https://u:p@mirror.test"]).contains("user are not allowed"))
        #expect(refusal(["--max-concurrent-downloads=-1"]).contains("not a whole number"))
    }

    @Test func `networking options are read as dockerd reads them`() throws {
        let configuration = try load([
            "--ipv6", "--bip6=fd00:1::1/64", "--fixed-cidr-v6=fd00:1::/80", "--default-gateway-v6=fd00:1::9",
            "--ip6tables=false", "--firewall-backend=nftables", "--allow-direct-routing", "--dns-on-default-bridge",
            "--default-network-opt=bridge=com.docker.network.driver.mtu=1400", "--host-gateway-ip=192.0.2.1",
            "--host-gateway-ip=2001:db8::1", "--default-address-pool=base=fd00:2::/48,size=64",
        ])
        #expect(configuration.ipv6 && configuration.bip6?.description == "fd00:1::1/64")
        #expect(configuration.fixedCIDRv6?.description == "fd00:1::/80")
        #expect(configuration.defaultGatewayV6?.description == "fd00:1::9")
        #expect(!configuration.ip6tables && configuration.firewallBackend == .nftables)
        #expect(configuration.allowsDirectRouting && configuration.dnsOnDefaultBridge)
        #expect(configuration.defaultNetworkOptions == ["bridge": ["com.docker.network.driver.mtu": "1400"]])
        #expect(configuration.hostGatewayIPs.map(\.description) == ["192.0.2.1", "2001:db8::1"])
        #expect(configuration.defaultAddressPools.map(\.description) == ["base=fd00:2::/48,size=64"])
        #expect(refusal(["--log-driver=syslog"]).contains("the logging drivers are json-file and none"))
        #expect(refusal(["--log-opt=max-size"]).contains("KEY=VALUE"))
        #expect(refusal(["--firewall-backend=pf"]).contains("iptables and nftables"))
        #expect(refusal(["--bip6=fd00:1::/64"]).contains("IPv6 address with a prefix length"))
        #expect(refusal(["--default-network-opt=mtu=1"]).contains("driver=key=value"))
        #expect(
            refusal(["--host-gateway-ip=192.0.2.1", "--host-gateway-ip=192.0.2.2"])
                .contains("only one IPv4 host gateway IP address"))
    }

    @Test(
        "Options of dockerd's that are not built are refused by name",
        arguments: [
            "--storage-driver=overlay2", "--cluster-store=x",
            "--default-runtime=runc", "--userns-remap=default",
            "--label=a=b",
            "--exec-opt=x=y", "--containerd=/x", "--add-runtime=x", "--selinux-enabled",
            "--experimental",
            "--raw-logs", "--log-format=json", "--init", "--rootless", "--seccomp-profile=x",
            "--metrics-addr=x",
        ])
    func dockerOnly(_ option: String) {
        let name = option.split(separator: "=")[0]
        #expect(
            refusal([option])
                == "\(name) is an option of dockerd that causewayd does not have yet; remove it")
    }

    @Test("Letters too")
    func dockerOnlyLetters() {
        #expect(
            refusal(["-s", "overlay2"])
                == "--storage-driver is an option of dockerd that causewayd does not have yet; remove it")
    }

    @Test("No name is both known and refused")
    func tables() {
        #expect(DaemonOption.supported.allSatisfy { !DockerOnlyOptions.names.contains($0.name) })
        #expect(DaemonOption.supported.compactMap(\.key).allSatisfy { !DockerOnlyOptions.knowsKey($0) })
        #expect(
            Set(DaemonOption.supported.compactMap(\.letter)).count == DaemonOption.supported.compactMap(\.letter).count)
        #expect(DaemonOption.supported.map(\.name) == DaemonOption.supported.map(\.name).sorted())
    }

    @Test("help lists every option; version and validate are told apart from running")
    func invocations() throws {
        guard case .help(let text) = try DaemonInvocation.parse(["--help"], readFile: noFile) else {
            Issue.record("no help")
            return
        }
        for option in DaemonOption.supported {
            #expect(text.contains("--\(option.name) ") || text.contains("--\(option.name)\n"))
        }
        #expect(text.contains("  -b, --bridge string "))
        #expect(text.contains("(default \"/var/lib/causeway\")"))
        #expect(try DaemonInvocation.parse(["-v"], readFile: noFile) == .version)
        #expect(try DaemonInvocation.parse(["--version", "x"], readFile: noFile) == .version)
        #expect(try DaemonInvocation.parse(["--validate"], readFile: noFile) == .validated(DaemonConfiguration()))
        #expect(try DaemonInvocation.parse([], readFile: noFile) == .run(DaemonConfiguration()))
    }
}
