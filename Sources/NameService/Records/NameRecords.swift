import IPAddressing
import Synchronization

/// The ready answers for one name on one network. They never change; another set takes their place.
final class NameRecords: Sendable {
    /// A records.
    let a: RecordSet
    /// AAAA records.
    let aaaa: RecordSet
    /// PTR records, where the name is an address in reverse.
    let pointer: RecordSet
    /// Whether an endpoint has the name itself, and not only as `name.network`.
    let isPlain: Bool
    private let turn = Atomic<UInt32>(0)

    init(a: RecordSet, aaaa: RecordSet, pointer: RecordSet, isPlain: Bool) {
        self.a = a
        self.aaaa = aaaa
        self.pointer = pointer
        self.isPlain = isPlain
    }

    /// The number of the record to begin with, another one each time: load spreads over the endpoints of an alias.
    func nextTurn() -> Int { Int(turn.add(1, ordering: .relaxed).oldValue) }

    /// What answers a question of that type. A name that is known has no records of other types (NODATA).
    func records(ofType type: UInt16) -> RecordSet {
        switch type {
        case RecordType.a: a
        case RecordType.aaaa: aaaa
        case RecordType.pointer: pointer
        // RFC 8482 section 4.1: a part of what is there.
        case RecordType.any: a.count > 0 ? a : aaaa.count > 0 ? aaaa : pointer
        default: RecordSet()
        }
    }
}

/// Names with their records, found by hash and wire bytes without allocation.
struct NameTable {
    private struct Entry {
        let key: [UInt8]
        var records: NameRecords
    }

    private var entries: [UInt64: [Entry]] = [:]

    /// The records of a name.
    func find(_ key: NameKey) -> NameRecords? {
        guard let candidates = entries[key.hash] else { return nil }
        for entry in candidates where key.equals(entry.key) { return entry.records }
        return nil
    }

    /// Replaces a name's records; nil takes the name away.
    mutating func set(_ key: NameKey, _ records: NameRecords?) {
        var candidates = entries[key.hash] ?? []
        candidates.removeAll { key.equals($0.key) }
        if let records { candidates.append(Entry(key: key.stored, records: records)) }
        entries[key.hash] = candidates.isEmpty ? nil : candidates
    }
}
