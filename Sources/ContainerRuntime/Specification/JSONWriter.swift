/// Writes compact JSON, keys in the order in which they are given. For documents on the hot path, parts of which are
/// ready-made bytes.
struct JSONWriter {
    /// What has been written so far.
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    init(capacity: Int = 1024) {
        bytes.reserveCapacity(capacity)
    }

    /// An object; `body` writes its members.
    mutating func object(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "{"))
        body(&self)
        close(UInt8(ascii: "}"))
    }

    /// An array, an element for each value.
    mutating func array<Element>(_ elements: some Sequence<Element>, _ body: (inout JSONWriter, Element) -> Void) {
        open(UInt8(ascii: "["))
        for element in elements { body(&self, element) }
        close(UInt8(ascii: "]"))
    }

    /// A member's name; its value must follow.
    mutating func key(_ name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A string as value or element.
    mutating func value(_ text: String) {
        separate()
        quote(text)
    }

    /// A number as value or element.
    mutating func value(_ number: some BinaryInteger) { literal(String(number)) }

    /// A truth value as value or element.
    mutating func value(_ flag: Bool) { literal(flag ? "true" : "false") }

    /// A value that is JSON already.
    mutating func raw(_ json: [UInt8]) {
        separate()
        bytes += json
    }

    /// A member with a string.
    mutating func member(_ name: String, _ text: String) {
        key(name)
        value(text)
    }

    /// A member with a number.
    mutating func member(_ name: String, _ number: some BinaryInteger) {
        key(name)
        value(number)
    }

    /// A member with a truth value.
    mutating func member(_ name: String, _ flag: Bool) {
        key(name)
        value(flag)
    }

    /// A member with a list of strings.
    mutating func member(_ name: String, _ texts: some Sequence<String>) {
        key(name)
        array(texts) { $0.value($1) }
    }

    /// A member with an object.
    mutating func member(_ name: String, _ body: (inout JSONWriter) -> Void) {
        key(name)
        object(body)
    }

    private mutating func literal(_ text: String) {
        separate()
        bytes += text.utf8
    }

    private mutating func open(_ byte: UInt8) {
        separate()
        bytes.append(byte)
        needsComma = false
    }

    private mutating func close(_ byte: UInt8) {
        bytes.append(byte)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
