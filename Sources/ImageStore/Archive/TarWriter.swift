import Glibc
import SystemCalls

/// Writes tar archives (POSIX.1-1988, "ustar") with names below 100 bytes: the same calls give the same bytes.
struct TarWriter {
    /// Where the archive goes.
    private let write: ([UInt8]) throws(ImageError) -> Void
    /// Bytes of padding that the present member needs.
    private var padding = 0

    /// Writes through `write`.
    init(write: @escaping ([UInt8]) throws(ImageError) -> Void) {
        self.write = write
    }

    /// What a member is.
    enum Kind: UInt8 {
        case file = 0x30
        case hardLink = 0x31
        case symbolicLink = 0x32
        case directory = 0x35
    }

    /// Begins a member; exactly `size` bytes of content must follow through `content`.
    ///
    /// - Parameters:
    ///   - time: change time in Unix seconds.
    ///   - target: what a link leads to.
    mutating func begin(
        _ name: String, kind: Kind, size: Int64 = 0, mode: UInt32 = 0o644, user: UInt32 = 0, group: UInt32 = 0,
        time: Int64, target: String = ""
    ) throws(ImageError) {
        guard name.utf8.count <= 100, target.utf8.count <= 100 else {
            throw ImageError(.io, "write archive: the name \(name) is too long")
        }
        try finishMember()
        var header = [UInt8](repeating: 0, count: 512)
        func place(_ text: String, at offset: Int) {
            header.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8)
        }
        func number(_ value: Int64, at offset: Int, digits: Int) {
            let text = String(value, radix: 8)
            if text.utf8.count <= digits {
                place(String(repeating: "0", count: digits - text.utf8.count) + text, at: offset)
            } else {
                // GNU's notation for large values: base 256, marked by the first bit.
                for index in 0...digits {
                    header[offset + digits - index] = UInt8(truncatingIfNeeded: value >> (8 * index))
                }
                header[offset] = 0x80
            }
        }
        place(name, at: 0)
        number(Int64(mode), at: 100, digits: 7)
        number(Int64(user), at: 108, digits: 7)
        number(Int64(group), at: 116, digits: 7)
        number(size, at: 124, digits: 11)
        number(time, at: 136, digits: 11)
        place("        ", at: 148)
        header[156] = kind.rawValue
        place(target, at: 157)
        place("ustar\u{0}00", at: 257)
        let sum = header.reduce(0) { $0 + Int64($1) }
        number(sum, at: 148, digits: 6)
        header[154] = 0
        try write(header)
        padding = Int((512 - size % 512) % 512)
    }

    /// Content of the present member.
    func content(_ bytes: [UInt8]) throws(ImageError) {
        try write(bytes)
    }

    /// A whole file.
    mutating func file(_ name: String, _ bytes: [UInt8], mode: UInt32 = 0o644, time: Int64) throws(ImageError) {
        try begin(name, kind: .file, size: Int64(bytes.count), mode: mode, time: time)
        try content(bytes)
    }

    /// Ends the archive.
    mutating func finish() throws(ImageError) {
        try finishMember()
        try write([UInt8](repeating: 0, count: 1024))
    }

    private mutating func finishMember() throws(ImageError) {
        if padding > 0 { try write([UInt8](repeating: 0, count: padding)) }
        padding = 0
    }
}
