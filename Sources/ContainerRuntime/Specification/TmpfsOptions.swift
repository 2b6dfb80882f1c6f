/// The options of Docker's `--tmpfs`: mount flags, and what tmpfs(5) itself takes.
enum TmpfsOptions {
    /// Flags that exclude each other, each with its default last where it is Docker's.
    private static let opposites: [String: String] = [
        "exec": "exec", "noexec": "exec", "suid": "suid", "nosuid": "suid", "dev": "dev", "nodev": "dev", "ro": "rw",
        "rw": "rw", "sync": "sync", "async": "sync", "dirsync": "dirsync", "remount": "remount", "mand": "mand",
        "nomand": "mand", "atime": "atime", "noatime": "atime", "diratime": "diratime", "nodiratime": "diratime",
        "relatime": "relatime", "norelatime": "relatime", "strictatime": "strictatime",
        "nostrictatime": "strictatime", "bind": "bind", "rbind": "bind", "private": "propagation",
        "rprivate": "propagation", "shared": "propagation", "rshared": "propagation", "slave": "propagation",
        "rslave": "propagation", "unbindable": "propagation", "runbindable": "propagation", "defaults": "defaults",
    ]

    private static let data: Set<String> = ["size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol"]

    /// Docker's defaults with the user's options; of those that exclude each other the last holds.
    ///
    /// - Throws: `RuntimeError` of kind `invalid`, in Docker's words.
    static func resolve(_ text: String) throws(RuntimeError) -> [String] {
        var kept: [(key: String, option: String)] = []
        let given = text.split(separator: ",").map { String($0.filter { !$0.isWhitespace }) }
        for option in ["noexec", "nosuid", "nodev", "rprivate"] + given where !option.isEmpty {
            let name = String(option.prefix { $0 != "=" })
            let key: String
            if name != option, data.contains(name) {
                key = name
            } else if name == option, let group = opposites[option] {
                key = group
            } else {
                throw RuntimeError("invalid tmpfs option \"\(option)\"", kind: .invalid)
            }
            kept.removeAll { $0.key == key }
            if key != "defaults" { kept.append((key, option)) }
        }
        return kept.map(\.option)
    }
}
