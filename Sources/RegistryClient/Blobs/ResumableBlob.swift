/// A blob on its way: how much of it there is, and whether it is what it should be. A value without input or output,
/// so that every way in which a registry can fail is a test of its own.
struct ResumableBlob: Sendable {
    let descriptor: BlobDescriptor
    private var hasher = BlobHasher()
    /// Good bytes so far.
    private(set) var received: Int64 = 0

    init(_ descriptor: BlobDescriptor) {
        self.descriptor = descriptor
    }

    /// The `Range` to ask for; nil where all is wanted (RFC 9110, 14.2).
    var range: String? { received > 0 ? "bytes=\(received)-" : nil }

    /// What to do with the body of a reply.
    enum Placement: Hashable, Sendable {
        /// It goes behind what there is.
        case append
        /// It is the whole blob: what there is goes.
        case restart
    }

    /// Judges the head of a reply.
    ///
    /// - Throws: `.damaged` where the registry sends another part, or another size, than it should.
    mutating func begin(
        status: Int, contentRange: String?, contentLength: Int64?
    ) throws(RegistryError) -> Placement {
        switch status {
        case 206:
            guard let contentRange, let first = Self.firstByte(contentRange), first == received else {
                // The next attempt asks for all.
                let failure = failure(
                    .failing, "was asked from byte \(received) on and sends \(contentRange ?? "no range")")
                restart()
                throw failure
            }
            try checkLength(contentLength, expected: descriptor.size - received)
            return .append
        case 200:
            restart()
            try checkLength(contentLength, expected: descriptor.size)
            return .restart
        default:
            throw failure(.failing, "has status \(status)")
        }
    }

    private func checkLength(_ length: Int64?, expected: Int64) throws(RegistryError) {
        if let length, length != expected {
            throw failure(.damaged, "has \(length) bytes where \(expected) are expected")
        }
    }

    /// Forgets all.
    mutating func restart() {
        hasher = BlobHasher()
        received = 0
    }

    /// Counts and hashes bytes, in order.
    mutating func take(_ bytes: [UInt8]) throws(RegistryError) {
        if Int64(bytes.count) > descriptor.size - received {
            throw failure(.damaged, "is longer than the \(descriptor.size) bytes of its manifest")
        }
        hasher.update(bytes)
        received += Int64(bytes.count)
    }

    /// Whether all bytes are there.
    var isComplete: Bool { received == descriptor.size }

    /// Checks the whole, once the body has ended.
    ///
    /// - Throws: `.unreachable` where bytes are missing, `.damaged` where they are the wrong ones.
    func finish() throws(RegistryError) {
        guard isComplete else {
            throw RegistryError(
                .unreachable,
                "the connection ended at byte \(received) of \(descriptor.size) of \(descriptor.digest): unexpected EOF"
            )
        }
        let found = hasher.digest
        guard found == descriptor.digest else {
            throw RegistryError(
                .damaged,
                "filesystem layer verification failed for digest \(descriptor.digest): what the registry sent is \(found)"
            )
        }
    }

    private func failure(_ kind: RegistryError.Kind, _ what: String) -> RegistryError {
        RegistryError(kind, "the registry's reply for \(descriptor.digest) \(what)")
    }

    /// The first number of `bytes 5-9/10` (RFC 9110, 14.4).
    private static func firstByte(_ text: String) -> Int64? {
        guard text.lowercased().hasPrefix("bytes ") else { return nil }
        return Int64(text.dropFirst(6).prefix { $0 != "-" })
    }
}
