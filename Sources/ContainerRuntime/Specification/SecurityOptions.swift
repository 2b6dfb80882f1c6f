/// What Docker's `--security-opt` says.
struct SecurityOptions: Sendable {
    /// Which system calls are allowed.
    enum Seccomp: Sendable {
        /// The engine's own profile.
        case standard
        /// All of them.
        case unconfined
        /// A profile that came with the request.
        case profile(SeccompProfile)
    }

    var seccomp = Seccomp.standard
    /// Whether no program may gain privileges, prctl(2): PR_SET_NO_NEW_PRIVS.
    var noNewPrivileges = false
    /// The AppArmor profile by name; nil where none was asked for.
    var apparmor: String?

    /// Reads the options. `label=` is for SELinux, which is not built in: `label=disable` is what holds.
    ///
    /// - Throws: `RuntimeError` of kind `invalid`, in Docker's words.
    init(_ options: [String]) throws(RuntimeError) {
        for option in options {
            if option == "no-new-privileges" {
                noNewPrivileges = true
                continue
            }
            guard let separator = option.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
                throw RuntimeError("invalid --security-opt 1: \"\(option)\"", kind: .invalid)
            }
            let value = String(option[option.index(after: separator)...])
            switch option[..<separator] {
            case "no-new-privileges":
                guard let flag = Bool(value) else {
                    throw RuntimeError("invalid --security-opt 2: \"\(option)\"", kind: .invalid)
                }
                noNewPrivileges = flag
            case "seccomp":
                switch value {
                case "unconfined": seccomp = .unconfined
                case "builtin", "default": seccomp = .standard
                default: seccomp = .profile(try SeccompProfile(json: Array(value.utf8)))
                }
            case "apparmor": apparmor = value == "unconfined" ? nil : value
            case "label" where value == "disable": break
            default: throw RuntimeError("invalid --security-opt 2: \"\(option)\"", kind: .invalid)
            }
        }
    }
}
