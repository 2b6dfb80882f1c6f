import Glibc
import SystemCalls
import Testing

@testable import ImageStore

/// Builds tar archives byte by byte, hostile ones too: nothing is checked.
struct TestTar {
    private(set) var bytes: [UInt8] = []

    /// Appends a member.
    mutating func add(
        _ name: [UInt8], type: Character = "0", content: [UInt8] = [], mode: Int = 0o644, uid: Int = 0, gid: Int = 0,
        target: String = "", major: Int = 0, minor: Int = 0, size: Int? = nil, time: Int = 1_700_000_000
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func place(_ text: some Sequence<UInt8>, _ offset: Int) {
            for (index, byte) in text.enumerated() { header[offset + index] = byte }
        }
        func octal(_ value: Int, _ offset: Int, _ digits: Int) {
            let text = String(value, radix: 8)
            place((String(repeating: "0", count: digits - text.count) + text).utf8, offset)
        }
        place(name.prefix(100), 0)
        octal(mode, 100, 7)
        octal(uid, 108, 7)
        octal(gid, 116, 7)
        octal(size ?? content.count, 124, 11)
        octal(time, 136, 11)
        place("        ".utf8, 148)
        header[156] = type.asciiValue ?? 0
        place(target.utf8.prefix(100), 157)
        place("ustar".utf8, 257)
        place("00".utf8, 263)
        octal(major, 329, 7)
        octal(minor, 337, 7)
        octal(header.reduce(0) { $0 + Int($1) }, 148, 6)
        header[154] = 0
        bytes += header + content
        bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    /// Appends a member with a text name.
    mutating func add(
        _ name: String, type: Character = "0", content: String = "", mode: Int = 0o644, uid: Int = 0, gid: Int = 0,
        target: String = "", major: Int = 0, minor: Int = 0
    ) {
        add(
            Array(name.utf8), type: type, content: Array(content.utf8), mode: mode, uid: uid, gid: gid, target: target,
            major: major, minor: minor)
    }

    /// Appends extended headers for the next member (POSIX.1-2001, "pax").
    mutating func pax(_ records: [(String, [UInt8])]) {
        var content: [UInt8] = []
        for (key, value) in records {
            let body = Array(" \(key)=".utf8) + value + [10]
            var length = body.count + 1
            while String(length).utf8.count + body.count != length { length += 1 }
            content += Array(String(length).utf8) + body
        }
        add(Array("pax".utf8), type: "x", content: content)
    }

    /// The archive with its end mark.
    var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }
}

/// A store in a directory of its own that is removed at the end.
final class TestStore {
    let folder: String
    let store: ImageStore
    let limits: ArchiveLimits

    init(limits: ArchiveLimits = ArchiveLimits()) throws {
        self.limits = limits
        folder = "/tmp/imagestore-test-" + String(UInt64.random(in: 0 ... .max), radix: 16)
        try FileSystem.makeDirectory(folder, mode: 0o700)
        store = try ImageStore(root: folder + "/image", logger: .quiet, limits: limits)
    }

    deinit {
        for id in (try? FileSystem.list(folder + "/overlay")) ?? [] { try? store.removeRoot(container: id) }
        try? FileTree.remove(folder)
    }

    /// The same store as a new process would open it.
    func reopened() throws -> ImageStore { try ImageStore(root: folder + "/image", logger: .quiet, limits: limits) }

    /// Writes a file beside the store.
    func file(_ bytes: [UInt8], _ name: String = "archive.tar") throws -> String {
        let path = folder + "/" + name
        try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC).writeAll(bytes)
        return path
    }

    /// Compresses with a program of the machine.
    func compressed(_ bytes: [UInt8], with program: String) throws -> [UInt8] {
        let path = try #require(FileSystem.findProgram(program))
        let output = try ChildProcess.run(ChildRequest(path, ["-c"]), input: bytes)
        #expect(output.status.isSuccess)
        return output.output
    }

    @discardableResult
    func load(_ bytes: [UInt8]) throws -> [LoadedImage] {
        try store.load(archive: try file(bytes)) { _ in }
    }

    /// Everything in the store's directories, so that tests see that nothing is left.
    var inventory: [String] {
        ["blobs/sha256", "layers/sha256", "tmp"].flatMap { part in
            ((try? FileSystem.list(folder + "/image/" + part)) ?? []).map { part + "/" + $0 }
        }
    }

    /// The directory of an image's only or uppermost layer.
    func files(of name: String) throws -> String {
        let image = try #require(store.find(name))
        return try #require(image.layerDirectories.first)
    }
}

extension [UInt8] {
    init(text: String) { self = Array(text.utf8) }
}
