import CLinux

/// One message as it comes from the kernel (struct nlmsghdr and what follows it).
struct NetlinkMessage {
    let type: Int32
    let flags: UInt16
    let sequence: UInt32
    let payload: ArraySlice<UInt8>
    /// nlmsg_pid: who asked for what the message tells of.
    var port: UInt32 = 0

    /// Whether NLM_F_DUMP_INTR is set: a list changed while it was told. The end of a list can carry it, too.
    var wasInterrupted: Bool { flags & UInt16(NLM_F_DUMP_INTR) != 0 }

    /// The message as those see it who asked for it.
    var reply: NetlinkReply {
        NetlinkReply(
            type: UInt16(truncatingIfNeeded: type), wasInterrupted: wasInterrupted, payload: payload,
            flags: flags, port: port)
    }

    /// Takes a datagram apart. A message whose length cannot be true ends the list.
    static func parse(_ datagram: ArraySlice<UInt8>) -> [NetlinkMessage] {
        var rest = datagram
        var messages: [NetlinkMessage] = []
        while rest.count >= 16 {
            let length = Int(rest.number(at: 0, as: UInt32.self))
            guard length >= 16, length <= rest.count else { break }
            messages.append(
                NetlinkMessage(
                    type: Int32(rest.number(at: 4, as: UInt16.self)), flags: rest.number(at: 6),
                    sequence: rest.number(at: 8), payload: rest.dropFirst(16).prefix(length - 16),
                    port: rest.number(at: 12)))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return messages
    }

    /// What NLMSG_ERROR says, or the end of a list that failed half-way (struct nlmsgerr and its attributes): the
    /// errno, zero for an acknowledgement, and the kernel's extended words.
    var verdict: (code: Int32, detail: String) {
        let code: Int32 = payload.number(at: 0)
        guard code != 0, flags & UInt16(NLM_F_ACK_TLVS) != 0 else { return (code, "") }
        // With NETLINK_CAP_ACK only the refused request's header comes back, 16 bytes after the code; a list's end has
        // no such header.
        let attributes = NetlinkAttributes(payload.dropFirst(type == NLMSG_DONE ? 4 : 4 + 16))
        return (code, attributes.text(Int(NLMSGERR_ATTR_MSG.rawValue)) ?? "")
    }
}
