/// A link as `ip addr` prints it, of iproute2 and of busybox alike.
struct PrintedLink: Hashable, Sendable {
    /// `5` of `5: veth6008cec@if4: <…>`.
    var index: Int
    /// `veth6008cec`.
    var name: String
    /// `4`: the index of the other end, in its own namespace.
    var peerIndex: Int?
    /// What stands between `<` and `>`.
    var flags: Set<String>
    /// Its first line and those below, as printed.
    var text: String
    /// `link/ether`'s address.
    var address: String?

    /// What follows a word, for example `docker0` after `master`.
    func word(after key: String) -> String? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard let place = words.firstIndex(of: Substring(key)), place + 1 < words.count else { return nil }
        return String(words[place + 1])
    }

    /// Reads a listing; what is not understood is skipped.
    static func parse(_ listing: String) -> [PrintedLink] {
        var links: [PrintedLink] = []
        for line in listing.split(separator: "\n") {
            if line.first?.isNumber == true, let link = PrintedLink(firstLine: line) {
                links.append(link)
            } else if !links.isEmpty {
                links[links.count - 1].text += "\n" + line
            }
        }
        for place in links.indices { links[place].address = links[place].word(after: "link/ether") }
        return links
    }

    private init?(firstLine line: Substring) {
        let words = line.split(separator: " ")
        guard words.count > 2, let index = Int(words[0].dropLast()), words[1].hasSuffix(":") else { return nil }
        let names = words[1].dropLast().split(separator: "@", maxSplits: 1)
        guard let name = names.first else { return nil }
        self.index = index
        self.name = String(name)
        if names.count > 1, names[1].hasPrefix("if") { peerIndex = Int(names[1].dropFirst(2)) }
        flags = Set(words[2].dropFirst().dropLast().split(separator: ",").map(String.init))
        text = String(line)
    }
}
