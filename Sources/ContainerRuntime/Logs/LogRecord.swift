import EngineAPI

/// A line of conmon's log: `TIME stdout|stderr F|P text`. P is a piece of a line that goes on in the next record of
/// its stream, F the last or only piece.
struct LogRecord: Hashable, Sendable {
    /// When the output was written: RFC 3339 with nine digits, as it stands in the log.
    var time: ArraySlice<UInt8>
    /// Where it was written.
    var stream: OutputStream
    /// Whether the line ends here.
    var endsLine: Bool
    /// The text, without the line's end.
    var text: ArraySlice<UInt8>

    /// Reads a line without its end; nil where it is no record.
    init?(_ line: ArraySlice<UInt8>) {
        let space = UInt8(ascii: " ")
        guard let first = line.firstIndex(of: space) else { return nil }
        let rest = line[(first + 1)...]
        guard let second = rest.firstIndex(of: space), second - rest.startIndex == 6, second + 2 < line.endIndex,
            line[second + 2] == space
        else { return nil }
        switch rest[second - 1] {
        case UInt8(ascii: "t"): stream = .standardOutput
        case UInt8(ascii: "r"): stream = .standardError
        default: return nil
        }
        time = line[..<first]
        endsLine = line[second + 1] == UInt8(ascii: "F")
        text = line[(second + 3)...]
    }

    /// The time as a number, for comparisons.
    var timestamp: Timestamp? { Timestamp(String(decoding: time, as: UTF8.self)) }

    /// The time as Docker prints it, in UTC with all nine digits: `2026-11-23T15:59:14.707156292Z`.
    var printedTime: ArraySlice<UInt8> {
        let utc = Array("+00:00".utf8)
        return time.suffix(6) == utc[...] ? time.dropLast(6) + [UInt8(ascii: "Z")] : time
    }
}

/// Turns records into what a client gets. A pure value: feed it the log in order.
struct LogFilter: Sendable {
    private let options: LogOptions
    /// What stands before each line where details are asked for.
    private let details: [UInt8]
    /// Streams in the middle of a line.
    private var unfinished: Set<OutputStream> = []
    /// Whether a record later than `until` has been seen.
    private(set) var isPastEnd = false

    init(_ options: LogOptions, details: String = "") {
        self.options = options
        self.details = options.details ? Array(details.utf8) + [UInt8(ascii: " ")] : []
    }

    /// The frame for a record, or nil where it is not wanted.
    mutating func frame(for record: LogRecord) -> AttachFrame? {
        let continues = unfinished.contains(record.stream)
        if record.endsLine { unfinished.remove(record.stream) } else { unfinished.insert(record.stream) }
        guard record.stream == .standardOutput ? options.stdout : options.stderr else { return nil }
        if options.since != nil || options.until != nil, let time = record.timestamp {
            if let since = options.since, time < since { return nil }
            if let until = options.until, time > until {
                isPastEnd = true
                return nil
            }
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(record.text.count + 33)
        if options.timestamps, !continues {
            bytes += record.printedTime
            bytes.append(UInt8(ascii: " "))
        }
        if !continues { bytes += details }
        bytes += record.text
        if record.endsLine { bytes.append(UInt8(ascii: "\n")) }
        return bytes.isEmpty ? nil : AttachFrame(stream: record.stream, bytes: bytes)
    }
}

/// Counts lines from a log's end. A pure value: feed it the records backwards.
struct LogTailCounter: Sendable {
    private let wanted: Int
    private var counted = 0
    /// Streams of which a line's end has been seen.
    private var ended: Set<OutputStream> = []

    init(_ wanted: Int) {
        self.wanted = wanted
    }

    /// Whether no line is wanted at all.
    var wantsNothing: Bool { wanted <= 0 }

    /// Whether this record, the next towards the beginning, still belongs to the last lines.
    mutating func includes(_ record: LogRecord) -> Bool {
        // The pieces before a line's end belong to it; an unfinished last line is a line.
        if record.endsLine || !ended.contains(record.stream) {
            if counted == wanted { return false }
            counted += 1
            ended.insert(record.stream)
        }
        return true
    }
}
