import Glibc
import SystemCalls

/// A copy of every object of the store, a file each: `state/container/ID`. What the store is made from again when its
/// database is damaged.
///
/// A file has a head of three lines, and then the content to its end:
///
/// ```
/// causeway-state 1 BYTES_OF_CONTENT
/// ID
/// NAME
/// ```
///
/// Files are replaced, so that each is the old one or the new one whole. `state/generation` says which change of the
/// database was the last that is copied.
struct DocumentMirror: Sendable {
    /// Which object: its kind's folder and its id.
    struct Key: Hashable, Sendable {
        var folder: String
        var id: String
    }

    /// The folder of settings.
    static let settings = "setting"

    let folder: String
    let log: @Sendable (String) -> Void

    private var generationFile: String { folder + "/generation" }

    /// Where a copy is. An id that is longer than a file's name may be is cut and numbered.
    func path(_ key: Key) -> String {
        let name = key.id.replacing("/", with: "_")
        guard name.utf8.count > 180 || name != key.id else { return "\(folder)/\(key.folder)/\(name)" }
        let hash = key.id.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return "\(folder)/\(key.folder)/\(name.prefix(120))-\(String(hash, radix: 16))"
    }

    /// Brings a copy to what its object has become.
    func write(_ key: Key, _ document: Document?) throws(SystemCallError) {
        if let document { try write(key, document) } else { try remove(key) }
    }

    /// Writes a copy.
    func write(_ key: Key, _ document: Document) throws(SystemCallError) {
        try FileSystem.replace(path(key), Self.encode(document), mode: 0o600)
    }

    /// Removes a copy.
    func remove(_ key: Key) throws(SystemCallError) {
        try FileSystem.removeFile(path(key))
    }

    /// Makes the folders.
    func prepare() throws(SystemCallError) {
        for kind in DocumentKind.allCases.map(\.rawValue) + [Self.settings] {
            try FileSystem.makeDirectory("\(folder)/\(kind)", mode: 0o700)
        }
    }

    /// Which change of the database was the last that is copied; 0 of none.
    var generation: Int64 {
        Int64(((try? FileSystem.readText(generationFile)) ?? "").split(separator: "\n").first ?? "") ?? 0
    }

    /// Says which change was the last. Always as many bytes, so that a full disk has room for it.
    func setGeneration(_ generation: Int64) throws(SystemCallError) {
        let digits = String(generation)
        let text = String(repeating: "0", count: max(0, 20 - digits.count)) + digits + "\n"
        try FileDescriptor.open(generationFile, O_WRONLY | O_CREAT, mode: 0o600).writeAll(Array(text.utf8))
    }

    /// Reads every copy of a folder. One that is damaged is left out and told; what a process left half-written goes.
    func read(_ kind: String) -> [Document] {
        let names = (try? FileSystem.list("\(folder)/\(kind)")) ?? []
        return names.compactMap { name in
            let path = "\(folder)/\(kind)/\(name)"
            if name.contains(".tmp-") {
                try? FileSystem.removeFile(path)
                return nil
            }
            guard let bytes = try? FileSystem.readBytes(path), let document = Self.decode(bytes) else {
                if !name.contains(".damaged-") {
                    log("\(path) is damaged, and kept aside: \(kind) \(name) cannot be brought back from it")
                    _ = unsafe rename(path, "\(path).damaged-\(Damage.date)")
                }
                return nil
            }
            return document
        }
    }

    // MARK: The form

    static func encode(_ document: Document) -> [UInt8] {
        let content = Array(document.content.utf8)
        return Array("causeway-state 1 \(content.count)\n\(document.id)\n\(document.name)\n".utf8) + content
    }

    static func decode(_ bytes: [UInt8]) -> Document? {
        let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let texts = parts.map { String(decoding: $0, as: UTF8.self) }
        let head = texts[0].split(separator: " ")
        guard head.count == 3, head[0] == "causeway-state", head[1] == "1", Int(head[2]) == parts[3].count else {
            return nil
        }
        return Document(id: texts[1], name: texts[2], content: texts[3])
    }
}
