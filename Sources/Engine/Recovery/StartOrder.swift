/// In which order containers start that the daemon finds down. Pure.
enum StartOrder {
    /// Sorts containers so that those come first that others lean on; of a circle, any one is first.
    ///
    /// - Parameter needs: by id, the ids of those that have to run before; ids that are not among them do not matter.
    static func sorted(_ needs: [String: Set<String>]) -> [String] {
        var order: [String] = []
        var seen: Set<String> = []
        func visit(_ id: String) {
            guard let others = needs[id], seen.insert(id).inserted else { return }
            others.sorted().forEach(visit)
            order.append(id)
        }
        needs.keys.sorted().forEach(visit)
        return order
    }
}
