import Glibc
import SystemCalls

/// Who a container's process runs as, found as Docker does: by name or number, in the image's own `/etc/passwd` and
/// `/etc/group`.
public struct ContainerUser: Hashable, Sendable {
    /// User id.
    public var uid: UInt32
    /// Group id.
    public var gid: UInt32
    /// The group itself, then the others, in the file's order.
    public var additionalGids: [UInt32]

    /// Looks up `user`, `user:group`, a number for either, or nothing for root.
    ///
    /// - Parameters:
    ///   - text: the notation of Docker's `--user`.
    ///   - addedGroups: names or numbers of further groups (`--group-add`).
    ///   - passwd: the content of `/etc/passwd`, passwd(5).
    ///   - group: the content of `/etc/group`, group(5).
    /// - Throws: `RuntimeError` of kind `invalid`, in Docker's words.
    public static func resolve(
        _ text: String, addedGroups: [String] = [], passwd: String, group: String
    ) throws(RuntimeError) -> ContainerUser {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let userPart = parts.first ?? ""
        let groupPart = parts.count > 1 ? parts[1] : ""
        let entry = accounts(passwd).first { account in
            userPart.isEmpty ? account.uid == 0 : account.name == userPart || Int64(userPart) == account.uid
        }
        var uid = entry?.uid ?? 0
        var gid = entry?.gid ?? 0
        if entry == nil, !userPart.isEmpty {
            guard let number = Int64(userPart) else {
                throw RuntimeError(
                    "unable to find user \(userPart): no matching entries in passwd file", kind: .invalid)
            }
            uid = number
        }
        let all = groups(group)
        var others: [Int64] = []
        if !groupPart.isEmpty {
            if let found = all.first(where: { $0.name == groupPart || Int64(groupPart) == $0.gid }) {
                gid = found.gid
            } else if let number = Int64(groupPart) {
                gid = number
            } else {
                throw RuntimeError(
                    "unable to find group \(groupPart): no matching entries in group file", kind: .invalid)
            }
        } else if let name = entry?.name {
            others = all.filter { $0.members.contains(name) }.map(\.gid)
        }
        for name in addedGroups {
            guard let number = all.first(where: { $0.name == name })?.gid ?? Int64(name) else {
                throw RuntimeError("unable to find group \(name): no matching entries in group file", kind: .invalid)
            }
            others.append(number)
        }
        var additional: [UInt32] = []
        for number in [gid] + others {
            let checked = try inRange(number)
            if !additional.contains(checked) { additional.append(checked) }
        }
        return ContainerUser(uid: try inRange(uid), gid: try inRange(gid), additionalGids: additional)
    }

    /// Looks up a user in a container's root file system. Its links are never followed out of it.
    ///
    /// - Parameter root: the root's path on the machine; `/proc/PID/root` works too.
    public static func resolve(
        _ text: String, addedGroups: [String] = [], root: String
    ) throws(RuntimeError) -> ContainerUser {
        try resolve(
            text, addedGroups: addedGroups, passwd: read("/etc/passwd", in: root), group: read("/etc/group", in: root))
    }

    private static func inRange(_ number: Int64) throws(RuntimeError) -> UInt32 {
        guard (0...Int64(Int32.max)).contains(number) else {
            throw RuntimeError("uids and gids must be in range 0-2147483647", kind: .invalid)
        }
        return UInt32(number)
    }

    /// A file that is missing is empty. Nothing but a regular file is read, and no more than a mebibyte of it.
    private static func read(_ path: String, in root: String) -> String {
        guard let directory = try? FileDescriptor.openPlace(root),
            let file = try? directory.openInside(path, O_RDONLY | O_NONBLOCK)
        else { return "" }
        var information = stat()
        guard unsafe fstat(file.rawValue, &information) == 0, information.st_mode & S_IFMT == S_IFREG else { return "" }
        var bytes: [UInt8] = []
        while bytes.count < 1 << 20, let part = try? file.read(), !part.isEmpty { bytes += part }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func accounts(_ text: String) -> [(name: String, uid: Int64, gid: Int64)] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count > 3, let uid = Int64(fields[2]), let gid = Int64(fields[3]) else { return nil }
            return (String(fields[0]), uid, gid)
        }
    }

    private static func groups(_ text: String) -> [(name: String, gid: Int64, members: [String])] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count > 2, let gid = Int64(fields[2]) else { return nil }
            let members = fields.count > 3 ? fields[3].split(separator: ",").map(String.init) : []
            return (String(fields[0]), gid, members)
        }
    }
}
