import EngineAPI
import Testing

@testable import EngineClient

private let flags: [Flag] = ContainerFlags.all + [Flag("detach", "d")]

private func parse(_ words: String..., interspersed: Bool = false) throws -> ParsedArguments {
    try ParsedArguments(words, flags: flags, interspersed: interspersed)
}

private func message(_ words: String...) -> String? {
    do {
        _ = try ParsedArguments(words, flags: flags, interspersed: false)
        return nil
    } catch {
        return error.message
    }
}

@Suite("Options as Docker takes them")
struct ParsedArgumentsTests {
    @Test("letters bundle, values may be joined")
    func letters() throws {
        let parsed = try parse("-itd", "-eA=b", "-e", "C", "-p80:80", "-w=/x", "busybox", "-x", "--rm")
        #expect(parsed.flag("interactive") && parsed.flag("tty") && parsed.flag("detach"))
        #expect(parsed.list("env") == ["A=b", "C"])
        #expect(parsed.list("publish") == ["80:80"])
        #expect(parsed.text("workdir") == "/x")
        #expect(parsed.operands == ["busybox", "-x", "--rm"])
        #expect(!parsed.flag("rm"))
    }

    @Test("switches take a value after the sign only")
    func switches() throws {
        let parsed = try parse("--init=false", "--rm=true", "--tty", "false")
        #expect(parsed.isSet("init") && !parsed.flag("init"))
        #expect(parsed.flag("rm") && parsed.flag("tty"))
        #expect(parsed.operands == ["false"])
    }

    @Test("-h is the host name where it is taken, and help elsewhere")
    func help() throws {
        #expect(try parse("-h", "x").text("hostname") == "x")
        #expect(try ParsedArguments(["-h"], flags: [], interspersed: true).wantsHelp)
        #expect(try parse("--help").wantsHelp)
    }

    @Test("two dashes end the options")
    func dashes() throws {
        #expect(try parse("--", "-it").operands == ["-it"])
        #expect(try parse("a", "--rm", "b", interspersed: true).operands == ["a", "b"])
    }

    @Test("other names for an option count as the option")
    func otherNames() throws {
        #expect(try parse("--net", "host", "--dns-opt", "a").list("network") == ["host"])
    }

    @Test("refusals in Docker's words")
    func refusals() {
        #expect(message("--nosuch") == "unknown flag: --nosuch")
        #expect(message("-Z") == "unknown shorthand flag: 'Z' in -Z")
        #expect(message("-iZt") == "unknown shorthand flag: 'Z' in -Zt")
        #expect(message("--name") == "flag needs an argument: --name")
        #expect(message("-e") == "flag needs an argument: 'e' in -e")
        #expect(message("--=x") == "bad flag syntax: --=x")
        #expect(message("-m", "5x") == "invalid argument \"5x\" for \"-m, --memory\" flag: invalid suffix: 'x'")
        #expect(
            message("--init=foo")
                == "invalid argument \"foo\" for \"--init\" flag: strconv.ParseBool: parsing \"foo\": invalid syntax")
        #expect(
            message("--mount", "type=bind")
                == "invalid argument \"type=bind\" for \"--mount\" flag: target is required")
        #expect(
            message("--ulimit", "nofile=2:1")
                == "invalid argument \"nofile=2:1\" for \"--ulimit\" flag: "
                + "ulimit soft limit must be less than or equal to hard limit: 2 > 1")
    }
}

@Suite("The command tree")
struct CommandTreeTests {
    private let tree = CommandTree(
        summary: "Test", common: ["run"], groups: [CommandGroup("container", "Manage containers")],
        commands: [
            Command(
                ["run", "container run"], aliases: ["container run", "run"], usage: "[OPTIONS] IMAGE", "Run it",
                flags: [
                    Flag("all", "a", .bool, "Everything"), Flag("number", nil, .int, "How many", shownDefault: "3"),
                ],
                operands: .atLeast(1)
            ) { _ in 0 },
            Command(["rename", "container rename"], usage: "OLD NEW", "Rename it", operands: .exactly(2)) { _ in 0 },
        ])

    private func text(_ words: String...) -> String {
        do {
            switch try tree.resolve(words, version: "1") {
            case .print(let text), .complain(let text): return text
            case .run(_, let name, let parsed, _): return "\(name) \(parsed.operands)"
            }
        } catch {
            return "\(error.exitStatus) \(error.message)"
        }
    }

    @Test("commands are found by either path")
    func paths() {
        #expect(text("run", "x") == "causeway run [\"x\"]")
        #expect(text("container", "run", "x") == "causeway container run [\"x\"]")
        #expect(text("-H", "unix:///x", "run", "x") == "causeway run [\"x\"]")
    }

    @Test("wrong numbers of operands are refused as Docker does")
    func operands() {
        #expect(
            text("run")
                == "1 causeway: 'causeway run' requires at least 1 argument\n\nUsage:  causeway run [OPTIONS] IMAGE\n\n"
                + "See 'causeway run --help' for more information")
        #expect(text("rename", "x").hasPrefix("1 causeway: 'causeway rename' requires 2 arguments\n"))
        #expect(text("rename", "x").hasSuffix("\n\nRun 'causeway rename --help' for more information"))
    }

    @Test("unknown commands and options")
    func unknown() {
        #expect(
            text("nosuch")
                == "1 causeway: unknown command: causeway nosuch\n\nRun 'causeway --help' for more information")
        #expect(
            text("container", "nosuch").contains(
                "unknown command: causeway container nosuch\n\nUsage:  causeway container\n"))
        #expect(
            text("run", "--nosuch").hasPrefix("125 unknown flag: --nosuch\n\nUsage:  causeway run [OPTIONS] IMAGE\n"))
        #expect(text("--nosuch").hasPrefix("125 unknown flag: --nosuch\n"))
    }

    @Test("help is laid out as Docker's")
    func help() {
        #expect(
            text("run", "--help") == """
                Usage:  causeway run [OPTIONS] IMAGE

                Run it

                Aliases:
                  causeway container run, causeway run

                Options:
                  -a, --all          Everything
                      --number int   How many (default 3)

                """)
        #expect(text("help", "run") == text("run", "--help"))
        #expect(text() == text("--help"))
    }

    @Test("long help is broken between words")
    func wrapping() {
        let flag = Flag("detach-keys", nil, .string, "Override the key sequence for detaching a container")
        #expect(
            HelpText.options([flag, Flag("interactive", "i", .bool, "Keep STDIN open even if not attached")]) == """
                      --detach-keys string   Override the key sequence for detaching a
                                             container
                  -i, --interactive          Keep STDIN open even if not attached

                """)
    }
}
