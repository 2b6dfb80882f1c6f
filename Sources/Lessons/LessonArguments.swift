import Lab

/// What `causeway lab tour`, `break` or `check` was asked for.
struct LessonArguments: Hashable {
    enum Lesson: String {
        case tour, `break`, check
    }

    var lesson: Lesson
    /// `--lab`.
    var lab: String?
    /// `--yes`: do not wait for Enter.
    var yes = false
    /// `--keep`: leave the tour's lab up.
    var keep = false
    /// `--undo`.
    var undo = false
    /// `--list`.
    var list = false
    /// The tour, the fault, or the words of the answer.
    var words: [String] = []

    /// Reads the arguments after `causeway lab`; nil where they are for the lab itself.
    init?(parsing arguments: [String]) throws(LabError) {
        guard let word = arguments.first, let lesson = Lesson(rawValue: word) else { return nil }
        self.lesson = lesson
        var rest = arguments.dropFirst()
        while let word = rest.popFirst() {
            switch (word, lesson) {
            case ("--lab", _):
                guard let value = rest.popFirst() else { throw LabError("--lab needs the name of a lab.") }
                lab = value
            case ("--yes", .tour), ("-y", .tour): yes = true
            case ("--keep", .tour): keep = true
            case ("--undo", .break): undo = true
            case ("--list", .break): list = true
            default:
                if word.hasPrefix("-") {
                    throw LabError(
                        "'causeway lab \(lesson.rawValue)' does not know '\(word)'.", remedy: "See: causeway lab --help"
                    )
                }
                words.append(word)
            }
        }
        if lesson == .tour, words != ["docker"], words != ["bridge"] {
            throw LabError("There are two tours.", remedy: "causeway lab tour docker, or: causeway lab tour bridge")
        }
        if lesson == .break, words.count > 1 {
            throw LabError("One fault at a time: '\(words[1])' is one too many.")
        }
    }
}
