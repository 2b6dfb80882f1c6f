import EngineAPI
import NIOCore
import Synchronization

/// Writes the heads of replies. The fields that every reply has are put together once a second.
final class ResponseHeadWriter: Sendable {
    private struct Common {
        var second: Int64 = -1
        var text = ""
    }

    private let fixed: String
    private let common = Mutex(Common())

    /// - Parameter product: for the `Server` field, `Causeway/0.1.0`.
    init(product: String) {
        fixed =
            "Api-Version: \(APIVersion.current)\r\nDocker-Experimental: false\r\nOstype: linux\r\n"
            + "Server: \(product) (linux)\r\n"
    }

    /// How the end of a reply's body is told.
    enum Framing {
        case none
        case length(Int)
        case chunked
        case untilClose
    }

    /// Appends the status line and all fields.
    func write(_ response: Response, framing: Framing, keepAlive: Bool, isHTTP10: Bool, to buffer: inout ByteBuffer) {
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString("\(response.status) ")
        buffer.writeString(Self.reason(response.status))
        buffer.writeStaticString("\r\n")
        for (name, value) in response.headers {
            buffer.writeString(name)
            buffer.writeStaticString(": ")
            // A line break in a value would let it forge fields.
            if value.utf8.contains(where: Self.endsLine) {
                buffer.writeBytes(value.utf8.filter { !Self.endsLine($0) })
            } else {
                buffer.writeString(value)
            }
            buffer.writeStaticString("\r\n")
        }
        buffer.writeString(commonFields())
        switch framing {
        case .none, .untilClose: break
        case .length(let count): buffer.writeString("Content-Length: \(count)\r\n")
        case .chunked: buffer.writeStaticString("Transfer-Encoding: chunked\r\n")
        }
        if response.status != 101 {
            if !keepAlive {
                buffer.writeStaticString("Connection: close\r\n")
            } else if isHTTP10 {
                buffer.writeStaticString("Connection: keep-alive\r\n")
            }
        }
        buffer.writeStaticString("\r\n")
    }

    /// CR and LF, RFC 9112 section 2.2; and NUL, at which some clients stop.
    private static func endsLine(_ byte: UInt8) -> Bool { byte == 13 || byte == 10 || byte == 0 }

    private func commonFields() -> String {
        let second = Timestamp.now.unixSeconds
        return common.withLock { common in
            if common.second != second {
                common.second = second
                common.text = fixed + "Date: \(HTTPDate.text(unixSeconds: second))\r\n"
            }
            return common.text
        }
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 101: "UPGRADED"
        case 200: "OK"
        case 201: "Created"
        case 204: "No Content"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 413: "Request Entity Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        default: "Status \(status)"
        }
    }
}

/// Times in HTTP fields, RFC 9110 section 5.6.7.
enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Sun, 06 Nov 1994 08:49:37 GMT`
    static func text(unixSeconds: Int64) -> String {
        // 2026-11-23T15:59:14Z
        let text = Timestamp(unixSeconds: unixSeconds).description
        let date = text.split { "-T:Z.".contains($0) }
        guard date.count >= 6, let month = Int(date[1]), months.indices.contains(month - 1) else { return text }
        let day = days[Int((unixSeconds / 86400) % 7 + 7) % 7]
        return "\(day), \(date[2]) \(months[month - 1]) \(date[0]) \(date[3]):\(date[4]):\(date[5]) GMT"
    }
}
