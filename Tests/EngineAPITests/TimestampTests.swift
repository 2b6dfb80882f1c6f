import EngineAPI
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        (1_795_449_554_707_156_292, "2026-11-23T15:59:14.707156292Z"),
        (0, "1970-01-01T00:00:00Z"),
        (500_000_000, "1970-01-01T00:00:00.5Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00Z"),
        (4_107_542_399_000_000_010, "2100-02-28T23:59:59.00000001Z"),
        (Int64.min, "0001-01-01T00:00:00Z"),
    ])
    func textAndBack(_ nanoseconds: Int64, _ text: String) throws {
        #expect(Timestamp(nanoseconds: nanoseconds).description == text)
        #expect(Timestamp(text)?.nanoseconds == nanoseconds)
    }

    @Test(arguments: [
        ("1795449554", 1_795_449_554_000_000_000), ("1795449554.707156292", 1_795_449_554_707_156_292),
        ("1.5", 1_500_000_000), ("2026-11-23T16:59:14.5+01:00", 1_795_449_554_500_000_000),
        ("2026-11-23T14:59:14-01:00", 1_795_449_554_000_000_000), ("1.1234567899", 1_123_456_789),
    ])
    func otherForms(_ text: String, _ nanoseconds: Int64) {
        #expect(Timestamp(text)?.nanoseconds == nanoseconds)
    }

    @Test(arguments: [
        "", "bad", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-23", "2026-11-23T15:59:14", "1.", "1x",
        "2026-11-23T15:59:14Zx", "99999999999999999",
    ])
    func nonsense(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func zeroIsBeforeAll() {
        #expect(Timestamp.zero < Timestamp(nanoseconds: -1))
        #expect(Timestamp.zero.unixSeconds == -62_135_596_800)
        #expect(Timestamp.now > Timestamp(unixSeconds: 1_700_000_000))
        #expect(Timestamp(unixSeconds: 10).secondsSince(.zero) == 0)
        #expect(Timestamp(unixSeconds: 10).secondsSince(Timestamp(unixSeconds: 4)) == 6)
    }
}
