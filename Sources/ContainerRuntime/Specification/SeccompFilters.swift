import Synchronization
import SystemCalls

/// Compiled seccomp filters. To compile one costs crun 8 ms at each container; the filter that it made for one
/// container is handed to it for the next with the same rules, as the annotation `run.oci.seccomp_bpf_data`.
///
/// The rules stay in the description as well: a runtime that does not know the annotation uses those.
final class SeccompFilters: Sendable {
    /// The process' own. Filters live in memory only, so that they come from the runtime that is in use.
    static let shared = SeccompFilters()

    /// The name of the annotation.
    static let annotation = "run.oci.seccomp_bpf_data"

    private struct State {
        /// Filters by the rules that they were made from, as the annotation has them.
        var compiled: [[UInt8]: String] = [:]
        /// The rules of containers that have been described and are about to be made.
        var expected: [String: [UInt8]] = [:]
    }

    private let state = Mutex(State())

    /// The filter for some rules. Where there is none yet, the container's own will be taken over.
    func filter(for rules: [UInt8], container id: String) -> String? {
        state.withLock { state in
            if let filter = state.compiled[rules] { return filter }
            if state.expected.count >= 64 { state.expected.removeAll() }
            state.expected[id] = rules
            return nil
        }
    }

    /// Takes over the filter of a container that crun has just made.
    func learn(container id: String, state folder: String) {
        guard let rules = state.withLock({ $0.expected.removeValue(forKey: id) }),
            let bytes = try? FileSystem.readBytes(folder + "/seccomp.bpf"),
            // struct sock_filter of <linux/filter.h> has eight bytes; BPF_MAXINSNS is 4096.
            !bytes.isEmpty, bytes.count % 8 == 0, bytes.count <= 4096 * 8
        else { return }
        let text = Self.base64(bytes)
        state.withLock { state in
            if state.compiled.count >= 32 { state.compiled.removeAll() }
            state.compiled[rules] = text
        }
    }

    /// RFC 4648, section 4.
    static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var word: UInt32 = 0
            for (index, byte) in group.enumerated() { word |= UInt32(byte) << UInt32(16 - 8 * index) }
            for index in 0..<4 {
                let digit = digits[Int((word >> UInt32(18 - 6 * index)) & 63)]
                text.append(index <= group.count ? digit : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
