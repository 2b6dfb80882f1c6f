import EngineAPI
import Glibc
import SystemCalls

/// Makes a `busybox:latest` image out of the busybox program of this machine (Debian's package busybox-static), for
/// machines and tests that reach no registry. The same program gives the same bytes and the same image id.
public enum BusyboxImage {
    /// Where Debian's package has the program.
    public static let defaultProgram = "/bin/busybox"

    /// What the files in the image are dated: 2024-01-01T00:00:00Z, in Unix seconds.
    private static let time: Int64 = 1_704_067_200

    /// Writes a docker-archive (a tar file for `docker load`) with one layer and the tag `busybox:latest`.
    ///
    /// - Parameters:
    ///   - path: the file to write; replaced where it exists.
    ///   - program: a busybox that is statically linked.
    /// - Throws: `.notFound` where there is no such program, `.invalid` where it is not statically linked or does not
    ///   list its applets, `.io`.
    public static func writeArchive(to path: String, program: String = defaultProgram) throws(ImageError) {
        guard FileSystem.exists(program) else {
            throw ImageError(.notFound, "\(program) is missing: install the package busybox-static")
        }
        let binary = try during("make busybox image") { () throws(SystemCallError) in
            try FileSystem.readBytes(program)
        }
        guard isStatic(binary) else {
            throw ImageError(.invalid, "\(program) needs shared libraries: install the package busybox-static")
        }
        let layer = try rootArchive(binary, applets: try applets(of: program))
        let digest = ContentDigest.of(layer)
        var config = ContainerConfig()
        config.cmd = ["sh"]
        config.env = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        let created = Timestamp(unixSeconds: time).description
        let document = try encode(
            NewImageFile(
                architecture: Platform.current.architecture, comment: "busybox of this machine", config: config,
                created: created,
                history: [
                    ImageFile.Step(created: created, createdBy: "causeway lab", comment: "busybox of this machine")
                ],
                os: "linux", diffIDs: [digest], variant: Platform.current.variant))

        let temporary = path + ".part"
        do throws(ImageError) {
            let output = try during("make busybox image") { () throws(SystemCallError) in
                SharedFileDescriptor(try FileDescriptor.open(temporary, O_WRONLY | O_CREAT | O_TRUNC))
            }
            var tar = ArchiveWriter { bytes throws(ImageError) in
                try during("make busybox image") { () throws(SystemCallError) in
                    try output.withDescriptor { (file) throws(SystemCallError) in try file.writeAll(bytes) }
                }
            }
            let name = ContentDigest.hex(ContentDigest.of(document)) + ".json"
            let folder = ContentDigest.hex(digest)
            try tar.begin(folder + "/", kind: .directory, mode: 0o755, time: time)
            try tar.file(folder + "/layer.tar", layer, time: time)
            try tar.file(name, document, time: time)
            let manifest = DockerArchive.Manifest(
                config: name, repoTags: ["busybox:latest"], layers: [folder + "/layer.tar"])
            try tar.file("manifest.json", try encode([manifest]), time: time)
            try tar.finish()
            try during("make busybox image") { () throws(SystemCallError) in
                try check("rename", path) { unsafe rename(temporary, path) }
            }
        } catch {
            _ = unsafe unlink(temporary)
            throw error
        }
    }

    /// The names that the program answers to.
    private static func applets(of program: String) throws(ImageError) -> [String] {
        let output: ProcessOutput
        do throws(SystemCallError) {
            output = try ChildProcess.run(ChildRequest(program, ["--list"]))
        } catch {
            throw ImageError("list busybox's applets", error)
        }
        let names = String(decoding: output.output, as: UTF8.self).split(separator: "\n").map(String.init)
            .filter { !$0.isEmpty && !$0.contains("/") && $0 != "busybox" && $0.utf8.count < 90 }
        guard names.contains("sh") else {
            throw ImageError(.invalid, "\(program) --list does not name a shell: install the package busybox-static")
        }
        return names.sorted()
    }

    /// Whether an ELF program asks for no loader (no PT_INTERP program header).
    private static func isStatic(_ binary: [UInt8]) -> Bool {
        guard binary.count > 64, binary.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { return false }
        func number(_ offset: Int, _ size: Int) -> Int {
            guard offset >= 0, offset + size <= binary.count else { return 0 }
            let bytes = binary[offset..<(offset + size)]
            let ordered = binary[5] == 2 ? Array(bytes) : bytes.reversed()
            return ordered.reduce(0) { $0 << 8 | Int($1) }
        }
        let is64 = binary[4] == 2
        let table = is64 ? number(32, 8) : number(28, 4)
        let size = is64 ? number(54, 2) : number(42, 2)
        let count = is64 ? number(56, 2) : number(44, 2)
        return table > 0 && size > 0 && !(0..<count).contains { number(table + $0 * size, 4) == 3 }
    }
}
