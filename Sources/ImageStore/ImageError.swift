public import SystemCalls

/// Why an operation on images failed, in Docker's words where Docker has some.
public struct ImageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What sort of failure, for the choice of a status code.
    public enum Kind: Sendable {
        /// There is no such image: 404.
        case notFound
        /// What was asked or sent is wrong: 400.
        case invalid
        /// The image's present state forbids it: 409.
        case conflict
        /// The machine failed (disk full, no permission): 500.
        case io
    }

    /// What sort of failure.
    public let kind: Kind
    /// What was tried and why it failed.
    public let message: String

    /// Describes a failure.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// A failed system call in the midst of `action`, for example `store image`.
    public init(_ action: String, _ cause: SystemCallError) {
        self.init(.io, "\(action): \(cause)")
    }

    /// The message.
    public var description: String { message }

    /// Docker's reply to a name that no image has.
    static func noSuchImage(_ name: String) -> ImageError { ImageError(.notFound, "No such image: \(name)") }

    /// The archive is damaged or hostile.
    static func archive(_ message: String) -> ImageError { ImageError(.invalid, message) }
}

/// Runs system calls in the midst of `action`.
@discardableResult
func during<Value: ~Copyable>(
    _ action: @autoclosure () -> String, _ body: () throws(SystemCallError) -> Value
) throws(ImageError) -> Value {
    do throws(SystemCallError) {
        return try body()
    } catch {
        throw ImageError(action(), error)
    }
}

/// The same for the unpacking of one member of an archive, whatever fails.
func unpacking(_ path: @autoclosure () -> String, _ body: () throws -> Void) throws(ImageError) {
    do {
        try body()
    } catch let error as SystemCallError {
        throw ImageError("unpack \"\(path())\"", error)
    } catch let error as ImageError {
        throw error
    } catch {
        throw ImageError(.io, "unpack \"\(path())\": \(error)")
    }
}
