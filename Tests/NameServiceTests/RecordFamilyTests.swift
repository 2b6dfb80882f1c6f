import NameService
import Testing

@Suite struct RecordFamilyTests {
    @Test func `types have DNS's numbers`() {
        #expect(RecordFamily.a.rawValue == 1)
        #expect(RecordFamily.aaaa.rawValue == 28)
    }
}
