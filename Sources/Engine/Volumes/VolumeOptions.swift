import EngineAPI
import Glibc

/// The options of the local driver (`--opt`): `type`, `device` and `o`, as mount(8) takes them.
struct VolumeOptions: Hashable {
    /// The file system; nil for a directory of the machine.
    var kind: String?
    /// The directory, or a word that the file system shows.
    var device: String
    /// mount(2)'s flags.
    var flags: Int
    /// What the file system itself is told.
    var data: String

    /// What the options say; nil where there is nothing to mount.
    ///
    /// - Parameter name: the volume's, for the errors.
    /// - Throws: 400 for what is malformed, 501 for file systems that are not built, in Docker's words where it has some.
    init?(_ options: [String: String]?, volume name: String) throws(APIError) {
        guard let options, !options.isEmpty else { return nil }
        for key in options.keys.sorted() where !["type", "o", "device", "size"].contains(key) {
            throw .badRequest("create \(name): invalid option: \"\(key)\"")
        }
        for (key, needed) in [("device", ["type"]), ("type", ["device"]), ("o", ["device", "type"])]
        where options[key] != nil {
            for other in needed where options[other] == nil {
                throw .badRequest("create \(name): missing required option: \"\(other)\"")
            }
        }
        if options["size"] != nil {
            throw .badRequest("create \(name): quota size requested but no quota support")
        }
        guard let type = options["type"], let device = options["device"] else { return nil }
        var flags = 0
        var data: [String] = []
        var binds = type == "bind"
        for word in (options["o"] ?? "").split(separator: ",").map(String.init) {
            switch word {
            case "defaults", "rw", "suid", "dev", "exec", "async", "atime", "diratime", "relatime", "loud": break
            case "bind": binds = true
            case "rbind":
                binds = true
                flags |= Int(MS_REC)
            default:
                if let flag = Self.flags[word] { flags |= flag } else { data.append(word) }
            }
        }
        if binds, type == "none" || type == "bind" {
            guard device.hasPrefix("/") else {
                throw .badRequest("create \(name): the device of a bind must be an absolute path: \"\(device)\"")
            }
            flags |= Int(MS_BIND)
            kind = nil
        } else if type == "tmpfs" {
            kind = type
        } else {
            throw .notImplemented(
                "create \(name): volumes of type \"\(type)\" are not built in this version of Causeway: mount \(device) on the host and use a bind (--opt type=none --opt o=bind --opt device=/path)"
            )
        }
        self.device = device
        self.flags = flags
        self.data = data.joined(separator: ",")
    }

    private static let flags: [String: Int] = [
        "ro": Int(MS_RDONLY), "nosuid": Int(MS_NOSUID), "nodev": Int(MS_NODEV), "noexec": Int(MS_NOEXEC),
        "sync": Int(MS_SYNCHRONOUS), "dirsync": Int(MS_DIRSYNC), "noatime": Int(MS_NOATIME),
        "nodiratime": Int(MS_NODIRATIME), "strictatime": Int(MS_STRICTATIME),
    ]
}
