import NFTables
import Testing

@Suite struct FamilyTests {
    @Test(arguments: [(NFTablesFamily.inet, 1), (.ip, 2), (.bridge, 7), (.ip6, 10)])
    func `families have the kernel's numbers`(family: NFTablesFamily, number: Int) {
        #expect(Int(family.rawValue) == number)
    }
}
