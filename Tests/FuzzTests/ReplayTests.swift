import SystemCalls
import Testing

/// The kept corpus and changes of it, always the same ones, through the functions that libFuzzer calls.
@Suite struct ReplayTests {
    @Test(arguments: FuzzEntry.all)
    func `hostile input is taken in without a crash`(entry: FuzzEntry) async throws {
        let corpus = try Corpus.inputs(of: entry.name)
        try #require(!corpus.isEmpty)
        // The server under test answers on the cooperative pool, which must not wait for it.
        let findings = try await BlockingWork.run { Self.replay(entry, corpus) }
        #expect(findings.isEmpty)
    }

    private static func replay(_ entry: FuzzEntry, _ corpus: [[UInt8]]) -> [String] {
        var findings: [String] = []
        func attempt(_ input: [UInt8], _ what: String) {
            do { try entry.run(input) } catch { findings.append("\(entry.name) \(what): \(error): \(input)") }
        }
        for (number, input) in corpus.enumerated() {
            attempt(input, "input \(number)")
            var mutator = Mutator(seed: UInt64(number + 1))
            for round in 0..<(entry.mutations / corpus.count + 1) {
                attempt(mutator.changed(input, corpus), "input \(number) change \(round)")
            }
        }
        return findings
    }

    @Test func `the corpus is small, and every directory of it belongs to a way in`() throws {
        let names = FuzzEntry.all.map(\.name)
        #expect(try FileSystem.list(Corpus.folder).sorted() == names.sorted())
        let size = try names.map { try Corpus.inputs(of: $0).reduce(0) { $0 + $1.count } }.reduce(0, +)
        #expect(size < 300_000)
    }
}

/// The inputs that libFuzzer found worth keeping, and those that once broke something.
enum Corpus {
    static let folder = #filePath.replacing("ReplayTests.swift", with: "Corpus")

    static func inputs(of name: String) throws -> [[UInt8]] {
        try FileSystem.list("\(folder)/\(name)").sorted().map { try FileSystem.readBytes("\(folder)/\(name)/\($0)") }
    }
}

/// Changes inputs as libFuzzer does, the same way each time.
struct Mutator {
    private var state: UInt64
    private static let interesting: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, 0x22, 0x25, 0x2D, 0x3A, 0x5C, 0x7B, 0xC0]

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    private mutating func random(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(max(1, bound)))
    }

    /// One to four changes.
    mutating func changed(_ input: [UInt8], _ corpus: [[UInt8]]) -> [UInt8] {
        var bytes = input
        for _ in 0...random(4) {
            let place = random(bytes.count)
            switch random(7) {
            case 0 where !bytes.isEmpty: bytes[place] = UInt8(random(256))
            case 1 where !bytes.isEmpty: bytes[place] = Self.interesting[random(Self.interesting.count)]
            case 2 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8(random(8))
            case 3 where !bytes.isEmpty: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random(32)))
            case 4: bytes.insert(contentsOf: bytes.dropFirst(place).prefix(random(64)), at: place)
            case 5: bytes.insert(UInt8(random(256)), at: place)
            default:
                let other = corpus[random(corpus.count)]
                bytes = Array(bytes.prefix(place) + other.dropFirst(random(other.count)).prefix(4096))
            }
        }
        return bytes
    }
}
