import Testing

@testable import ContainerRuntime

struct DetachKeysTests {
    @Test(
        arguments: [
            ("ctrl-p,ctrl-q", [0x10, 0x11]), ("ctrl-@", [0]), ("a", [0x61]), ("ctrl-a,a,ctrl-[", [1, 0x61, 0x1b]),
            ("ctrl-\\,ctrl-],ctrl-^,ctrl-_", [0x1c, 0x1d, 0x1e, 0x1f]),
        ] as [(String, [UInt8])])
    func keysAreRead(_ text: String, _ bytes: [UInt8]) throws {
        #expect(try DetachKeys(parsing: text).sequence == bytes)
    }

    @Test(arguments: ["", "ctrl-", "ctrl-A", "ctrl-pp", "ab", "a,,b", "ctrl-1", "é"])
    func othersAreRefused(_ text: String) {
        let error = #expect(throws: RuntimeError.self) { try DetachKeys(parsing: text) }
        #expect(error?.message == "Invalid detach keys (\(text)) provided")
    }

    private func feed(_ keys: String, _ pieces: [String]) throws -> (passed: String, detached: Bool) {
        var filter = DetachKeysFilter(try DetachKeys(parsing: keys))
        var passed: [UInt8] = []
        for piece in pieces {
            let result = filter.filter(Array(piece.utf8))
            passed += result.passed
            if result.detached { return (String(decoding: passed, as: UTF8.self), true) }
        }
        return (String(decoding: passed, as: UTF8.self), false)
    }

    @Test func theSequenceIsFoundWhereverItIsSplit() throws {
        #expect(try feed("ctrl-p,ctrl-q", ["ab\u{10}\u{11}cd"]) == ("ab", true))
        #expect(try feed("ctrl-p,ctrl-q", ["ab\u{10}", "\u{11}cd"]) == ("ab", true))
        #expect(try feed("ctrl-p,ctrl-q", ["\u{10}", "\u{10}", "\u{11}"]) == ("\u{10}", true))
    }

    @Test func whatIsNoSequenceIsPassedOnWhole() throws {
        #expect(try feed("ctrl-p,ctrl-q", ["a\u{10}", "b\u{11}"]) == ("a\u{10}b\u{11}", false))
        #expect(try feed("ctrl-p,ctrl-q", ["a\u{10}"]) == ("a", false))
        #expect(try feed("a,a,b", ["aaab"]) == ("a", true))
    }
}
