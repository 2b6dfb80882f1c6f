import Glibc

/// An error number of the kernel, from `<errno.h>`.
///
/// This file is the only one that reads the C library's `errno`.
public struct Errno: Error, Hashable, Sendable, RawRepresentable, CustomStringConvertible {
    /// The number, always positive: `ENOENT` is 2.
    public let rawValue: CInt

    /// Wraps an error number. The sign does not matter: netlink and our C wrappers hand out `-errno`.
    public init(rawValue: CInt) {
        self.rawValue = rawValue.magnitude > CInt.max ? EIO : CInt(rawValue.magnitude)
    }

    /// What the calling thread's last failed call left behind.
    public static var current: Errno { Errno(rawValue: Glibc.errno) }

    /// The kernel's words for the number, as `strerror(3)` prints them.
    public var description: String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let base = buffer.baseAddress, unsafe strerror_r(rawValue, base, buffer.count) == 0 else {
                return "error \(rawValue)"
            }
            return unsafe String(cString: base)
        }
    }

    /// ENOENT: no such file or directory.
    public static let noEntry = Errno(rawValue: ENOENT)
    /// EEXIST: it is there already.
    public static let exists = Errno(rawValue: EEXIST)
    /// EINTR: a signal came in between.
    public static let interrupted = Errno(rawValue: EINTR)
    /// EAGAIN: nothing to do right now.
    public static let wouldBlock = Errno(rawValue: EAGAIN)
    /// EBUSY: in use.
    public static let busy = Errno(rawValue: EBUSY)
    /// EINVAL: the kernel refused an argument.
    public static let invalid = Errno(rawValue: EINVAL)
    /// EPERM: not allowed.
    public static let notPermitted = Errno(rawValue: EPERM)
    /// ENODEV: no such device.
    public static let noDevice = Errno(rawValue: ENODEV)
    /// ESRCH: no such process, or no such route.
    public static let noProcess = Errno(rawValue: ESRCH)
    /// ENOTDIR: a component of the path is no directory.
    public static let notDirectory = Errno(rawValue: ENOTDIR)
    /// EMFILE: the process has as many files open as it may.
    public static let tooManyFiles = Errno(rawValue: EMFILE)
    /// ENFILE: the system has.
    public static let tooManyFilesInSystem = Errno(rawValue: ENFILE)
    /// ETIMEDOUT: it took too long.
    public static let timedOut = Errno(rawValue: ETIMEDOUT)
}

/// A system call that failed: what was tried, on what, and why it failed.
public struct SystemCallError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The call's name in the manual, for example `mount`.
    public let call: String
    /// What it was tried on, for example a path; empty where there is nothing to name.
    public let subject: String
    /// Why the kernel refused.
    public let errno: Errno

    /// Describes a failed call.
    public init(_ call: String, _ subject: String = "", _ errno: Errno) {
        self.call = call
        self.subject = subject
        self.errno = errno
    }

    /// `mount /run/x: No such file or directory`.
    public var description: String {
        subject.isEmpty ? "\(call): \(errno)" : "\(call) \(subject): \(errno)"
    }
}

/// Turns a C result into a value: negative one means that `errno` tells the failure. Retries on EINTR.
@discardableResult
public func check<Value: SignedInteger>(
    _ call: String, _ subject: @autoclosure () -> String = "", _ body: () -> Value
) throws(SystemCallError) -> Value {
    while true {
        let value = body()
        if value != -1 { return value }
        let error = Errno.current
        if error != .interrupted { throw SystemCallError(call, subject(), error) }
    }
}

/// Turns the result of one of our C wrappers (`value` or `-errno`) into a value.
@discardableResult
func checkWrapper(
    _ call: String, _ subject: @autoclosure () -> String = "", _ value: CInt
) throws(SystemCallError) -> CInt {
    if value < 0 { throw SystemCallError(call, subject(), Errno(rawValue: value)) }
    return value
}
