import EngineAPI
import NIOCore
import NIOHTTP1

/// One request and its reply, as the connection goes through them.
struct Exchange {
    /// How far the request has been read.
    enum Incoming {
        /// Collected until it is whole.
        case whole([UInt8])
        /// Handed on as it comes.
        case streaming(InputQueue)
        /// Thrown away; how much has been.
        case discarding(Int)
        /// All of it is read.
        case ended
    }

    let route: Route?
    var request: Request
    var incoming: Incoming
    var keepAlive: Bool
    let isHead: Bool
    let isHTTP10: Bool
    /// What runs the route's handler.
    var task: Task<Void, Never>?
    /// Whether the reply is written.
    var isAnswered = false

    /// Whether the request is read to its end.
    var isRead: Bool {
        if case .ended = incoming { true } else { false }
    }
}
