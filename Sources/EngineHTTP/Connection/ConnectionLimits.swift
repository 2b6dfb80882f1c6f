import SystemCalls

/// What a client may ask of the server's memory and patience.
struct ConnectionLimits: Sendable {
    /// Bytes of a body that is read whole.
    var wholeBody = 10 << 20
    /// Bytes of an unwanted body that are thrown away to keep the connection; beyond, it is closed.
    var discardedBody = 256 << 10
    /// From a head's first byte to its last.
    var headTime = Duration.seconds(30)
    /// From a head to the end of a body that is read whole.
    var bodyTime = Duration.seconds(60)
    /// Between two requests.
    var idleTime = Duration.seconds(300)
    /// After a hijacked connection's output has ended, until the client closes.
    var lingerTime = Duration.seconds(2)
    /// Bytes of one header field.
    var headerField = 64 << 10
    /// Bytes of all header fields.
    var headerList = 256 << 10
    /// Header fields.
    var headerCount = 200
    /// Clients at a time: they leave half of the descriptors to what the daemon does for them.
    var connections = DescriptorLimit.current / 2
}
