/// A terminal's size, in characters.
public struct TerminalSize: Hashable, Sendable {
    /// Lines.
    public var height: Int
    /// Columns.
    public var width: Int

    /// Joins the two.
    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    /// Docker's `ConsoleSize`, height and width; nil where it is no size, or zero.
    public init?(_ list: [Int]?) {
        guard let list, list.count == 2, list[0] > 0, list[1] > 0 else { return nil }
        self.init(height: list[0], width: list[1])
    }
}
