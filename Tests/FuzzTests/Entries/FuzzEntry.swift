/// A way for a stranger's bytes into the engine. The same function is called by libFuzzer (`make fuzz`) and by the
/// tests, which replay the kept corpus and deterministic changes of it.
struct FuzzEntry: Sendable {
    /// What the corpus' directory is called.
    let name: String
    /// Changes of each kept input that the tests try: fewer where an input costs system calls.
    var mutations = 2000
    /// Takes the bytes in.
    ///
    /// - Throws: `Finding` where the outcome is one that must not be. A trap, a hang or memory without bounds is found
    ///   without that.
    let run: @Sendable ([UInt8]) throws -> Void

    /// What must not be.
    struct Finding: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }

    /// Throws where something does not hold.
    static func require(_ holds: Bool, _ words: @autoclosure () -> String) throws {
        if !holds { throw Finding(words()) }
    }

    /// Every way in.
    static let all: [FuzzEntry] = [
        .http, .api, .webSocket, .questions, .answers, .netlink, .tar, .layer, .images, .registry, .configuration,
        .frames, .texts,
    ]
}

extension FuzzEntry {
    /// Text that follows a byte which chooses what it is read as.
    static func choice(_ bytes: [UInt8], of count: Int) -> (number: Int, rest: ArraySlice<UInt8>) {
        guard let first = bytes.first else { return (0, []) }
        return (Int(first) % count, bytes.dropFirst())
    }
}
