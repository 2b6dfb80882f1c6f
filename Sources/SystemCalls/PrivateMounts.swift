import CLinux
import Glibc

/// Mounts that only their owner sees, and that end with it: a mount namespace held by its descriptor.
///
/// Paths lead into it through descriptors that were opened inside (`run`'s body). Nothing is left to unmount after
/// `kill -9`: the kernel drops the namespace with its last descriptor.
public final class PrivateMounts: Sendable {
    private let namespace: FileDescriptor

    private init(_ namespace: consuming FileDescriptor) {
        self.namespace = namespace
    }

    /// Makes a slave copy of the caller's mount namespace and runs `body` inside, on a thread of its own. `body` mounts
    /// what it wants, opens what is to be used afterwards, and must not await.
    ///
    /// - Returns: what `body` returned, and the owner of the mounts.
    public static func make<Value: Sendable>(
        _ body: @Sendable () throws(SystemCallError) -> Value
    ) throws(SystemCallError) -> (value: Value, mounts: PrivateMounts) {
        try withoutActuallyEscaping(body) {
            (escaping) throws(SystemCallError) -> (value: Value, mounts: PrivateMounts) in
            let job = MountJob(escaping)
            let context = unsafe Unmanaged.passUnretained(job).toOpaque()
            let status = unsafe cw_run_in_private_mounts(
                { context in
                    guard let context = unsafe context else { return -EINVAL }
                    return unsafe Unmanaged<AnyMountJob>.fromOpaque(context).takeUnretainedValue().run() ? 0 : -EINVAL
                }, context)
            if case .failure(let error) = job.result { throw error }
            let descriptor = FileDescriptor(owning: try checkWrapper("unshare", "mount namespace", status))
            guard let result = job.result else { throw SystemCallError("unshare", "mount namespace", .invalid) }
            return (try result.get(), PrivateMounts(descriptor))
        }
    }
}

/// What crosses over to the thread inside the namespace.
private class AnyMountJob {
    /// Whether it worked.
    func run() -> Bool { false }
}

private final class MountJob<Value>: AnyMountJob {
    let body: () throws(SystemCallError) -> Value
    var result: Result<Value, SystemCallError>?

    init(_ body: @escaping () throws(SystemCallError) -> Value) { self.body = body }

    override func run() -> Bool {
        do throws(SystemCallError) {
            result = .success(try body())
            return true
        } catch {
            result = .failure(error)
            return false
        }
    }
}
