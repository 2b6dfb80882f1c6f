import Glibc
import SystemCalls

/// `causeway lab`: an internet in a box, to try the engine in without touching the machine's own network.
public enum LabCommandLine {
    /// Runs `causeway lab ARGUMENTS`.
    ///
    /// - Parameters:
    ///   - arguments: what stands after `causeway lab`.
    ///   - writeImage: writes a docker archive with a busybox image to a path; throws where it cannot.
    /// - Returns: the exit code: 0, 1 where something failed, 2 where the arguments make no sense; of `exec` the
    ///   command's own.
    public static func run(
        _ arguments: [String], writeImage: @escaping @Sendable (String) throws -> Void
    ) -> Int32 {
        if arguments.isEmpty || arguments.contains(where: { $0 == "--help" || $0 == "-h" }) && !arguments.contains("--")
        {
            print(help)
            return arguments.isEmpty ? 2 : 0
        }
        let parsed: LabArguments
        do throws(LabError) { parsed = try LabArguments(parsing: arguments) } catch {
            complain(error)
            return 2
        }
        do throws(LabError) {
            try run(parsed, writeImage)
            return 0
        } catch {
            complain(error)
            return 1
        }
    }

    private static func run(
        _ arguments: LabArguments, _ writeImage: @escaping @Sendable (String) throws -> Void
    ) throws(LabError) {
        let lab = try Lab(arguments.name ?? "lab")
        let progress = arguments.quiet ? LabProgress.silent : .standardOutput
        switch arguments.operation {
        case .up: try up(lab, arguments, progress, writeImage)
        case .down:
            for lab in arguments.all ? Lab.all() : [lab] { try lab.down(progress) }
        case .restart:
            try LabPrograms.requireRoot("A lab")
            try progress.step("daemon restarted") { () throws(LabError) in
                try lab.stopDaemon()
                try lab.restartDaemon(arguments.daemon, options: arguments.rest.isEmpty ? nil : arguments.rest)
            }
        case .reboot: try lab.reboot(progress)
        case .status:
            let labs = arguments.name == nil ? Lab.all() : [lab]
            if labs.isEmpty, !arguments.json { print("No lab is up. Make one with: causeway lab up") }
            let states = labs.map { LabStatus($0) }
            if arguments.json { print("[" + states.map(\.json).joined(separator: ",") + "]") }
            if !arguments.json { for state in states { print(state.text) } }
        case .exec:
            try LabPrograms.requireRoot("A lab")
            let shell = arguments.rest.isEmpty ? ["bash", "--norc"] : arguments.rest
            var request = try lab.request(shell)
            request.descriptors = [0: 0, 1: 1, 2: 2]
            throw LabError("\(shell[0]): \(request.become())")
        }
    }

    private static func up(
        _ lab: Lab, _ arguments: LabArguments, _ progress: LabProgress,
        _ writeImage: @escaping @Sendable (String) throws -> Void
    ) throws(LabError) {
        let daemon = arguments.withoutDaemon ? nil : arguments.daemon ?? daemonBesideThis
        let loader = arguments.withoutDaemon || arguments.withoutImage ? nil : LabPrograms.this
        try lab.up(
            LabContents(
                daemon: daemon, daemonOptions: arguments.rest, preparations: arguments.preparations,
                imageLoader: loader, writeImage: writeImage), progress)
        let name = lab.name == "lab" ? "" : " " + lab.name
        progress.say("")
        progress.say("The lab '\(lab.name)' is up. Next:")
        if daemon != nil {
            progress.say("  export DOCKER_HOST=\(lab.dockerHost)")
            progress.say("  docker run -it --rm busybox ping -c 3 \(Lab.webAddress)")
        }
        progress.say("  causeway lab exec\(name) -- ip addr")
        progress.say("  causeway lab down\(name)")
    }

    /// `causewayd` in the folder of the program that runs now.
    private static var daemonBesideThis: String {
        let this = LabPrograms.this
        return this[..<(this.lastIndex(of: "/") ?? this.startIndex)] + "/causewayd"
    }

    private static func complain(_ error: LabError) {
        let text = error.description.split(separator: "\n").joined(separator: "\n  ")
        let standardError = FileDescriptor(owning: STDERR_FILENO)
        try? standardError.writeAll(Array("causeway lab: \(text)\n".utf8))
        _ = standardError.release()
    }

    /// What `causeway lab --help` prints.
    static let help = """
        Usage: causeway lab COMMAND [NAME]

        An internet in a box: network namespaces that play a host and the internet behind it, with an engine on
        the host. Everything works offline, and the machine's own network is not touched. NAME is 'lab' where
        none is given; labs of different names live side by side.

          up [NAME] [--no-daemon] [--no-image] [--daemon PATH] [--prepare 'COMMAND LINE'] [-q] [-- DAEMON OPTIONS]
                      makes the network, starts the servers and the daemon, loads a busybox image; --prepare runs on
                      the host before the daemon starts
          exec [NAME] [-- COMMAND...]
                      runs a command (a shell where none is given) on the lab's host, with DOCKER_HOST set
          status [NAME] [--format json]
                      says what is up
          restart [NAME] [--daemon PATH] [-- DAEMON OPTIONS]
                      restarts the daemon alone, with the options it had; containers keep running
          reboot [NAME]
                      ends the host as a loss of power does and starts it again: what is on disk stays
          down [NAME] [--all] [-q]
                      ends everything in the lab and removes every trace of it

        The lab teaches:

          tour docker|bridge [--lab NAME] [--yes] [--keep]
                      walks from a container to the internet, or builds such a network by hand, step by step; waits
                      for Enter before each step on a terminal, not with --yes; the lab 'tour' is made for it and taken
                      down, not with --keep
          break [FAULT] [--lab NAME] [--list]
                      makes a fault in a lab that is up: one by its name or number, or any, which is not named
          check [ANSWER...] [--lab NAME]
                      grades what you think it is; without an answer, whether it is mended
          break --undo [--lab NAME]
                      takes the fault back and tells what it was
        """
}
