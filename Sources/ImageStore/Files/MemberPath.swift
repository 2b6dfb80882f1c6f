/// Where a member of an archive goes: names below the root, as raw bytes (file names need not be UTF-8). None is empty,
/// `.` or `..`, so that the path cannot point outside.
struct MemberPath: Hashable, CustomStringConvertible {
    /// The names from the root down; empty for the root itself.
    private(set) var components: [[UInt8]]

    /// The root.
    static let root = MemberPath(components: [])

    private init(components: [[UInt8]]) {
        self.components = components
    }

    /// Takes a member's name apart. `./a//b/` is `a/b`.
    ///
    /// - Throws: `.invalid` for absolute names, for `..`, and for names longer than the kernel takes.
    init(_ bytes: [UInt8], of what: String = "member name") throws(ImageError) {
        let text = String(decoding: bytes.prefix(200), as: UTF8.self)
        if bytes.first == UInt8(ascii: "/") {
            throw .archive("archive refused: \(what) \"\(text)\" is absolute")
        }
        if bytes.count > 4095 { throw .archive("archive refused: \(what) \"\(text)…\" is longer than 4095 bytes") }
        components = []
        for part in bytes.split(separator: UInt8(ascii: "/")) {
            if part.elementsEqual(".".utf8) { continue }
            if part.elementsEqual("..".utf8) {
                throw .archive("archive refused: \(what) \"\(text)\" leads outside the root (\"..\")")
            }
            if part.count > 255 {
                throw .archive("archive refused: \(what) \"\(text)\" has a part longer than 255 bytes")
            }
            if part.contains(0) { throw .archive("archive refused: \(what) \"\(text)\" contains a NUL byte") }
            components.append(Array(part))
        }
    }

    /// The directory that holds it; the root's is the root.
    var parent: MemberPath { MemberPath(components: Array(components.dropLast())) }

    /// The last name; empty for the root.
    var name: [UInt8] { components.last ?? [] }

    /// The same directory, another last name.
    func sibling(_ name: [UInt8]) -> MemberPath { MemberPath(components: components.dropLast() + [name]) }

    /// One name further down.
    func child(_ name: [UInt8]) -> MemberPath { MemberPath(components: components + [name]) }

    /// The names with slashes between, `.` for the root; bytes that are not UTF-8 are replaced.
    var description: String { String(decoding: bytes, as: UTF8.self) }

    /// The names with slashes between, `.` for the root.
    var bytes: [UInt8] {
        components.isEmpty ? [UInt8(ascii: ".")] : Array(components.joined(separator: [UInt8(ascii: "/")]))
    }
}

/// A C string of raw bytes that hold no NUL.
func cString(_ bytes: [UInt8]) -> [CChar] {
    bytes.map { CChar(bitPattern: $0) } + [0]
}
