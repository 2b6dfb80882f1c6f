import EngineAPI
import Glibc
import SystemCalls
import Testing

@testable import ContainerRuntime

struct SeccompTests {
    private let json = """
        {"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,"defaultErrno":"ENOSYS",
         "archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86","SCMP_ARCH_X32"]},
                    {"architecture":"SCMP_ARCH_AARCH64","subArchitectures":["SCMP_ARCH_ARM"]}],
         "syscalls":[
          {"names":["bdflush"],"action":"SCMP_ACT_ERRNO","args":[],"includes":{},"excludes":{},"errnoRet":1},
          {"names":["read","write"],"action":"SCMP_ACT_ALLOW","args":[],"includes":{},"excludes":{}},
          {"names":["personality"],"action":"SCMP_ACT_ALLOW",
           "args":[{"index":0,"value":4294967295,"valueTwo":0,"op":"SCMP_CMP_EQ"}]},
          {"names":["arch_prctl"],"action":"SCMP_ACT_ALLOW","includes":{"arches":["amd64","x32"]}},
          {"names":["arm_sync"],"action":"SCMP_ACT_ALLOW","includes":{"arches":["arm64"]}},
          {"names":["ptrace"],"action":"SCMP_ACT_ALLOW","includes":{"minKernel":"4.8"}},
          {"names":["bpf"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN"]}},
          {"names":["bpf"],"action":"SCMP_ACT_ERRNO","excludes":{"caps":["CAP_SYS_ADMIN"]},"errnoRet":1}]}
        """

    private func resolve(_ capabilities: Set<String>, kernel: [Int] = [6, 1]) throws -> JSONValue {
        let machine = SeccompProfile.Machine(
            architecture: "amd64", seccompArchitecture: "SCMP_ARCH_X86_64", kernel: kernel)
        let bytes = try SeccompProfile(json: Array(json.utf8)).resolved(capabilities: capabilities, machine: machine)
        return try JSONText.decode(JSONValue.self, from: bytes)
    }

    private func names(_ value: JSONValue, _ action: String) -> [String] {
        guard case .array(let rules) = value["syscalls"] else { return [] }
        return rules.filter { $0["action"] == .string(action) }.flatMap { rule -> [String] in
            guard case .array(let names) = rule["names"] else { return [] }
            return names.compactMap { if case .string(let name) = $0 { name } else { nil } }
        }
    }

    @Test func rulesHoldForTheirMachineAndCapabilitiesOnly() throws {
        let plain = try resolve([])
        #expect(plain["defaultErrnoRet"] == .int(38))
        #expect(
            plain["architectures"]
                == .array(["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"].map { .string($0) }))
        #expect(names(plain, "SCMP_ACT_ALLOW") == ["read", "write", "arch_prctl", "ptrace", "personality"])
        #expect(names(plain, "SCMP_ACT_ERRNO") == ["bdflush", "bpf"])

        let admin = try resolve(["CAP_SYS_ADMIN"])
        #expect(names(admin, "SCMP_ACT_ALLOW").contains("bpf"))
        #expect(!names(admin, "SCMP_ACT_ERRNO").contains("bpf"))
        #expect(try !names(resolve([], kernel: [4, 7]), "SCMP_ACT_ALLOW").contains("ptrace"))
        #expect(try names(resolve([], kernel: [4, 18]), "SCMP_ACT_ALLOW").contains("ptrace"))
    }

    @Test func argumentsAreKept() throws {
        guard case .array(let rules) = try resolve([])["syscalls"],
            let rule = rules.first(where: { $0["names"] == .array([.string("personality")]) }),
            case .array(let arguments) = rule["args"]
        else { throw RuntimeError("no rule") }
        #expect(arguments.first?["value"] == .int(4_294_967_295))
        #expect(arguments.first?["op"] == .string("SCMP_CMP_EQ"))
    }

    @Test func theStandardProfileResolves() throws {
        let profile = SeccompProfile.standard
        let value = try JSONText.decode(
            JSONValue.self, from: profile.resolved(capabilities: Capabilities.standard))
        let allowed = names(value, "SCMP_ACT_ALLOW")
        #expect(allowed.contains("read"))
        #expect(allowed.contains("chroot"))
        #expect(!allowed.contains("kexec_load"))
        #expect(!allowed.contains("bpf"))
    }

    /// The effect of Docker 28's own profile on x86-64, a rule a line, for containers with the usual capabilities, with
    /// none and with all.
    @Test(arguments: ["standard", "none", "all"]) func theStandardProfileIsDockers(_ name: String) throws {
        let capabilities = ["standard": Capabilities.standard, "none": [], "all": Capabilities.all][name] ?? []
        let machine = SeccompProfile.Machine(
            architecture: "amd64", seccompArchitecture: "SCMP_ARCH_X86_64", kernel: [6, 12])
        let value = try JSONText.decode(
            JSONValue.self, from: SeccompProfile.standard.resolved(capabilities: Set(capabilities), machine: machine))
        #expect(value["defaultAction"] == .string("SCMP_ACT_ERRNO") && value["defaultErrnoRet"] == .int(1))
        let dockers = try FileSystem.readText(Golden.path("docker-28-seccomp-\(name).txt"))
        #expect(Set(lines(value)).symmetricDifference(dockers.split(separator: "\n").map(String.init)) == [])
    }

    private func lines(_ value: JSONValue) -> [String] {
        guard case .array(let rules)? = value["syscalls"] else { return [] }
        return rules.flatMap { rule -> [String] in
            func plain(_ value: JSONValue?, _ prefix: String = "") -> String {
                switch value {
                case .string(let text): String(text.dropFirst(prefix.count))
                case .int(let number): "\(number)"
                default: ""
                }
            }
            var rest = plain(rule["action"], "SCMP_ACT_").lowercased()
            if let code = rule["errnoRet"] { rest += " " + plain(code) }
            if case .array(let arguments)? = rule["args"] {
                for argument in arguments {
                    rest +=
                        " \(plain(argument["index"])):\(plain(argument["op"], "SCMP_CMP_")):\(plain(argument["value"]))"
                }
            }
            guard case .array(let names)? = rule["names"] else { return [] }
            return names.map { plain($0) + " " + rest }
        }
    }

    @Test func filtersAreHandedOnAsTheAnnotationWantsThem() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            #expect(SeccompFilters.base64(Array(bytes.utf8)) == text)
        }
        #expect(SeccompFilters.base64([0xff, 0xfe, 0xfd]) == "//79")
    }

    @Test func aFilterIsLearntFromTheContainerThatExpectsIt() throws {
        let folder = "/tmp/causeway-filter-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileSystem.makeDirectory(folder)
        defer { try? FileSystem.removeTree(folder) }
        let filters = SeccompFilters()
        let rules = Array("{}".utf8)
        #expect(filters.filter(for: rules, container: "a") == nil)
        // Nothing there, then no whole instructions, then a container that was not waited for.
        filters.learn(container: "a", state: folder)
        #expect(filters.filter(for: rules, container: "b") == nil)
        try FileSystem.writeInPlace(folder + "/seccomp.bpf", "1234567")
        filters.learn(container: "b", state: folder)
        #expect(filters.filter(for: rules, container: "c") == nil)
        try FileSystem.writeInPlace(folder + "/seccomp.bpf", "12345678")
        filters.learn(container: "z", state: folder)
        #expect(filters.filter(for: rules, container: "c") == nil)
        filters.learn(container: "c", state: folder)
        #expect(filters.filter(for: rules, container: "d") == "MTIzNDU2Nzg=")
        #expect(filters.filter(for: Array("{ }".utf8), container: "d") == nil)
    }

    @Test(.enabled(if: RuntimeLab.isPossible), .timeLimit(.minutes(1)))
    func theRulesHoldWithAFilterThatWasCompiledBefore() async throws {
        try await RuntimeLab.with { lab in
            for _ in 0..<3 {
                let result = try await lab.run(["cat", "/proc/self/status"])
                #expect(result.output.contains("Seccomp:\t2\nSeccomp_filters:\t1\n"))
            }
            let made = try await lab.make(["sleep", "100"])
            let description = try FileSystem.readText(made.bundle + "/config.json")
            #expect(description.contains(SeccompFilters.annotation))
            #expect(description.contains("\"seccomp\":{"))
            try await lab.runtime.start(made.id)
            let exec = try await lab.runtime.exec(
                ExecLaunch(containerID: made.id, execID: "s", args: ["cat", "/proc/self/status"], attachStdout: true))
            let (output, _) = try await RuntimeLab.drain(try #require(exec.session))
            #expect(output.contains("Seccomp:\t2\n"))
            _ = await exec.wait()
            // The filters that two containers got are the same, to the byte.
            let first = try FileSystem.readBytes(lab.runtime.configuration.stateRoot + "/\(made.id)/seccomp.bpf")
            var input = SpecificationTests.red()
            input.seccomp = .standard
            input.seccompFilters = SeccompFilters()
            let rules = try #require(try SpecificationTests.make(input)["linux"]?["seccomp"])
            #expect(rules != .null)
            let filter = SeccompFilters.shared.filter(
                for: SeccompProfile.standard.resolved(capabilities: Capabilities.standard), container: "-")
            #expect(filter == SeccompFilters.base64(first))
        }
    }
}
