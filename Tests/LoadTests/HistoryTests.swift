import Testing

@testable import Load

@Suite("what replies of concurrent clients contradict each other")
struct HistoryTests {
    private static let name = RegisterKey.containerName("c")
    private static let life = RegisterKey.life("1")

    private static func contradicts(_ key: RegisterKey, _ events: [(Int64, Int64, Step)]) -> Bool {
        History(key, events.map { Event(key: key, step: $2, call: $0, reply: $1, words: "\($2)") }).contradiction()
            != nil
    }

    @Test("one after the other")
    func sequences() {
        let n = Self.name
        #expect(!Self.contradicts(n, [(0, 1, .isFree), (2, 3, .binds("a")), (4, 5, .names("a")), (6, 7, .unbinds)]))
        #expect(Self.contradicts(n, [(0, 1, .binds("a")), (2, 3, .isFree)]), "it certainly exists")
        #expect(Self.contradicts(n, [(0, 1, .binds("a")), (2, 3, .binds("b"))]), "created twice")
        #expect(Self.contradicts(n, [(0, 1, .binds("a")), (2, 3, .names("b"))]))
        #expect(Self.contradicts(n, [(0, 1, .isBound)]), "nobody has created it")
        #expect(!Self.contradicts(n, [(0, 1, .binds(nil)), (2, 3, .names("b")), (4, 5, .names("b"))]))
        #expect(Self.contradicts(n, [(0, 1, .binds(nil)), (2, 3, .names("b")), (4, 5, .names("c"))]))
    }

    @Test("side by side: an order must explain all replies")
    func overlaps() {
        let n = Self.name
        #expect(!Self.contradicts(n, [(0, 10, .binds("a")), (1, 9, .isFree)]))
        #expect(!Self.contradicts(n, [(0, 10, .binds("a")), (1, 9, .names("a"))]))
        #expect(Self.contradicts(n, [(0, 10, .binds("a")), (1, 9, .binds("b"))]), "only one may win")
        #expect(!Self.contradicts(n, [(0, 1, .binds("a")), (2, 10, .unbinds), (3, 9, .binds("b"))]))
        #expect(!Self.contradicts(n, [(0, 10, .binds("a")), (1, 2, .isBound)]), "taken before it is found")
    }

    @Test("a container's life")
    func lives() {
        let l = Self.life
        #expect(!Self.contradicts(l, [(0, 1, .starts), (2, 3, .runs), (4, 5, .stops), (6, 7, .idles), (8, 9, .ends)]))
        #expect(Self.contradicts(l, [(0, 1, .starts), (2, 3, .starts)]), "started twice")
        #expect(Self.contradicts(l, [(0, 1, .starts), (2, 3, .idles)]), "nobody has stopped it")
        #expect(!Self.contradicts(l, [(0, 1, .starts), (2, 3, .dies), (4, 5, .runs), (6, 7, .idles)]))
        #expect(Self.contradicts(l, [(0, 1, .starts), (2, 3, .dies), (4, 5, .idles), (6, 7, .runs)]))
        #expect(Self.contradicts(l, [(0, 1, .ends), (2, 3, .exists)]))
        #expect(!Self.contradicts(l, [(0, 10, .ends), (2, 9, .ends), (11, 12, .isGone)]), "both removed it")
        #expect(Self.contradicts(l, [(0, 1, .exists), (2, 3, .isGone)]), "nobody has removed it")
    }

    @Test("a container's networks")
    func places() {
        let p = RegisterKey.place("1", "n")
        #expect(!Self.contradicts(p, [(0, 1, .joins), (2, 3, .isMember), (4, 5, .leaves), (6, 7, .isNoMember)]))
        #expect(Self.contradicts(p, [(0, 1, .joins), (2, 3, .isNoMember)]))
        #expect(Self.contradicts(p, [(0, 1, .leaves)]))
    }

    @Test("medians")
    func medians() {
        #expect(LoadTimes.median([]) == 0)
        #expect(LoadTimes.median([3, 1, 2]) == 2)
        #expect(LoadTimes.median([4, 1, 2, 3]) == 2.5)
    }
}
