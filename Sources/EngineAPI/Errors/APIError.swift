/// A refusal as the Docker Engine API tells it: an HTTP status, and Docker's words where clients match on them.
public struct APIError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The HTTP status.
    public var status: Int
    /// What went wrong, for people.
    public var message: String

    /// Joins the two.
    public init(status: Int, message: String) {
        self.status = status
        self.message = message
    }

    /// The message.
    public var description: String { message }

    /// 400: the request is wrong.
    public static func badRequest(_ message: String) -> APIError { APIError(status: 400, message: message) }
    /// 403: the engine does not do that to this object.
    public static func forbidden(_ message: String) -> APIError { APIError(status: 403, message: message) }
    /// 404: there is no such object.
    public static func notFound(_ message: String) -> APIError { APIError(status: 404, message: message) }
    /// 409: the object's state forbids it.
    public static func conflict(_ message: String) -> APIError { APIError(status: 409, message: message) }
    /// 413: more was sent than is read.
    public static func tooLarge(_ message: String) -> APIError { APIError(status: 413, message: message) }
    /// 500: the engine could not do it.
    public static func internalFailure(_ message: String) -> APIError { APIError(status: 500, message: message) }
    /// 501: this version does not have it.
    public static func notImplemented(_ message: String) -> APIError { APIError(status: 501, message: message) }
    /// 503: not in this state of the engine.
    public static func unavailable(_ message: String) -> APIError { APIError(status: 503, message: message) }
}
