import Faults
import Glibc
import Lab
import SystemCalls
import Walkthrough

/// `causeway lab tour`, `break` and `check`: the lab teaches.
public enum LessonCommandLine {
    /// Runs `causeway lab ARGUMENTS` where they are for a lesson.
    ///
    /// - Parameters:
    ///   - arguments: what stands after `causeway lab`.
    ///   - writeImage: writes a docker archive with a busybox image to a path.
    /// - Returns: the exit code: 0, 1 where something failed or an answer is wrong, 2 where the arguments make no
    ///   sense; nil where they are for the lab itself.
    public static func run(_ arguments: [String], writeImage: @escaping @Sendable (String) throws -> Void) -> Int32? {
        if arguments.contains("--help") || arguments.contains("-h") { return nil }
        let parsed: LessonArguments
        do throws(LabError) {
            guard let lesson = try LessonArguments(parsing: arguments) else { return nil }
            parsed = lesson
        } catch {
            complain(error.description)
            return 2
        }
        do {
            switch parsed.lesson {
            case .tour: return try tour(parsed, writeImage)
            case .break: return try inject(parsed)
            case .check: return try check(parsed)
            }
        } catch {
            complain("\(error)")
            return 1
        }
    }

    private static var this: String { FileSystem.linkTarget("/proc/self/exe") ?? "/proc/self/exe" }

    private static func show(_ line: String) {
        print(line)
        fflush(nil)
    }

    private static func complain(_ text: String) {
        let standardError = FileDescriptor(owning: STDERR_FILENO)
        let indented = text.split(separator: "\n").joined(separator: "\n  ")
        try? standardError.writeAll(Array("causeway lab: \(indented)\n".utf8))
        _ = standardError.release()
    }

    // MARK: Tours

    private static func tour(
        _ arguments: LessonArguments, _ writeImage: @escaping @Sendable (String) throws -> Void
    ) throws -> Int32 {
        let isDocker = arguments.words == ["docker"]
        let lab = try Lab(arguments.lab ?? "tour")
        let isOwn = !lab.exists
        if isOwn {
            let beside = this[..<(this.lastIndex(of: "/") ?? this.startIndex)] + "/causewayd"
            try lab.up(
                LabContents(
                    daemon: isDocker ? String(beside) : nil, imageLoader: isDocker ? this : nil, writeImage: writeImage),
                .standardOutput)
        }
        defer { if isOwn, !arguments.keep { try? lab.down() } }
        let waits = !arguments.yes && isatty(STDIN_FILENO) == 1
        var isFirst = true
        let paced = { (line: String) in
            if line.hasPrefix("── "), waits {
                if !isFirst {
                    show("[Enter]")
                    _ = readLine()
                }
                isFirst = false
            }
            show(line)
        }
        if !isDocker {
            let tour = try BridgeTour(lab: lab, causeway: this, show: paced)
            return try tour.run() ? 0 : 1
        }
        let results = try Walkthrough.run(lab: lab, client: Client(name: "causeway", path: this), show: paced)
        show("\nWhat was looked at:")
        for line in Walkthrough.table(results) { show(line) }
        return results.allSatisfy(\.passed) ? 0 : 1
    }

    // MARK: Faults

    private static func inject(_ arguments: LessonArguments) throws -> Int32 {
        if arguments.list {
            for (index, fault) in (Fault.matrix + Fault.others).enumerated() {
                show("\(index + 1)\t\(fault.id)\t\(fault.title)")
            }
            return 0
        }
        let lab = try Lab(arguments.lab ?? "lab")
        let hunt = Hunt(lab: lab, causeway: this)
        if arguments.undo {
            let fault = try hunt.undo()
            show("It was \(fault.id), \(fault.title): \(fault.cause.joined(separator: ", ")). It is taken back.")
            return 0
        }
        let fault = try hunt.start(arguments.words.first)
        let named = arguments.words.isEmpty ? "Something is broken" : "\(fault.id), \(fault.title), is made"
        let option = lab.name == "lab" ? "" : " --lab \(lab.name)"
        let way = fault.destination.isEmpty ? fault.source : "\(fault.source) → \(fault.destination)"
        show("\(named) in the lab '\(lab.name)': look at \(way).")
        show("  hunt:   causeway lab exec\(lab.name == "lab" ? "" : " " + lab.name)")
        show("  answer: causeway lab check\(option) WHAT YOU THINK IT IS")
        show("  mended? causeway lab check\(option)")
        show("  give up: causeway lab break --undo\(option)")
        return 0
    }

    private static func check(_ arguments: LessonArguments) throws -> Int32 {
        let hunt = Hunt(lab: try Lab(arguments.lab ?? "lab"), causeway: this)
        let fault = try hunt.current()
        if arguments.words.isEmpty {
            let isMended = hunt.isMended(fault)
            show(
                isMended ? "✓ mended: the destination is reached." : "✗ not mended yet: the destination is not reached."
            )
            return isMended ? 0 : 1
        }
        let grade = Grade(arguments.words.joined(separator: " "), fault)
        show(grade.text)
        return grade.isRight ? 0 : 1
    }
}
