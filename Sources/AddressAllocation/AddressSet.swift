/// A set of numbers kept as closed ranges, sorted, apart from each other: small whatever the numbers' span, since the
/// addresses of a network are handed out next to each other.
struct AddressSet: Hashable, Sendable {
    /// The ranges, lowest first; between two of them there is at least one number that is not in the set.
    private(set) var ranges: [ClosedRange<UInt128>] = []

    /// How many numbers there are; saturates at the highest number.
    var count: UInt128 {
        ranges.reduce(0) { sum, range in
            let (size, first) = (range.upperBound - range.lowerBound).addingReportingOverflow(1)
            let (total, second) = sum.addingReportingOverflow(size)
            return first || second ? .max : total
        }
    }

    /// The index of the first range that ends at or after `number`; `ranges.count` where none does.
    private func position(_ number: UInt128) -> Int {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < number { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func contains(_ number: UInt128) -> Bool {
        let index = position(number)
        return index < ranges.count && ranges[index].contains(number)
    }

    /// Adds a number; false where it was there.
    @discardableResult
    mutating func insert(_ number: UInt128) -> Bool {
        let index = position(number)
        if index < ranges.count, ranges[index].contains(number) { return false }
        let touchesNext = index < ranges.count && number < .max && ranges[index].lowerBound == number + 1
        let touchesPrevious = index > 0 && ranges[index - 1].upperBound == number - 1
        switch (touchesPrevious, touchesNext) {
        case (true, true):
            ranges[index - 1] = ranges[index - 1].lowerBound...ranges[index].upperBound
            ranges.remove(at: index)
        case (true, false): ranges[index - 1] = ranges[index - 1].lowerBound...number
        case (false, true): ranges[index] = number...ranges[index].upperBound
        case (false, false): ranges.insert(number...number, at: index)
        }
        return true
    }

    /// Takes a number out; false where it was not there.
    @discardableResult
    mutating func remove(_ number: UInt128) -> Bool {
        let index = position(number)
        guard index < ranges.count, ranges[index].contains(number) else { return false }
        let range = ranges[index]
        var rest: [ClosedRange<UInt128>] = []
        if range.lowerBound < number { rest.append(range.lowerBound...(number - 1)) }
        if number < range.upperBound { rest.append((number + 1)...range.upperBound) }
        ranges.replaceSubrange(index...index, with: rest)
        return true
    }

    /// The lowest number of `span` that is not in the set.
    func lowestMissing(in span: ClosedRange<UInt128>) -> UInt128? {
        let index = position(span.lowerBound)
        guard index < ranges.count, ranges[index].contains(span.lowerBound) else { return span.lowerBound }
        // Ranges do not touch, so the number after one is missing.
        let end = ranges[index].upperBound
        return end >= span.upperBound ? nil : end + 1
    }
}
