/// Lays JSON text out over lines without reading more into it than it must: order, numbers and escapes stay as they
/// were sent. The layout is that of Go's `json.Indent`, so of `docker inspect`.
public enum JSONIndenter {
    /// `bytes` with one member or element a line, four spaces a level.
    public static func indent(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count * 2)
        var depth = 0
        var inString = false
        var escaped = false
        var openedJustNow = false
        let newLine = { (output: inout [UInt8], depth: Int) in
            output.append(10)
            output += repeatElement(32, count: depth * 4)
        }
        for byte in bytes {
            if inString {
                output.append(byte)
                if escaped {
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
                continue
            }
            if byte == 32 || byte == 9 || byte == 10 || byte == 13 { continue }
            let closes = byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
            if openedJustNow {
                openedJustNow = false
                if !closes {
                    depth += 1
                    newLine(&output, depth)
                } else {
                    output.append(byte)
                    continue
                }
            }
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                openedJustNow = true
                output.append(byte)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                newLine(&output, max(depth, 0))
                output.append(byte)
            case UInt8(ascii: ","):
                output.append(byte)
                newLine(&output, depth)
            case UInt8(ascii: ":"):
                output += [byte, 32]
            default:
                inString = byte == UInt8(ascii: "\"")
                output.append(byte)
            }
        }
        return output
    }
}
