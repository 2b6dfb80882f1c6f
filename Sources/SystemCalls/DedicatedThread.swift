import CLinux

/// A thread for one job that lasts as long as its owner: a server's loop. It gets no signals.
public enum DedicatedThread {
    /// Starts one. `body` may block, and may move the thread to another network namespace.
    ///
    /// - Parameter name: at most 15 bytes, as `ps -L` and `top -H` show it.
    public static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
        let job = unsafe Unmanaged.passRetained(ThreadJob(body)).toOpaque()
        let status = unsafe cw_thread_start(
            name,
            { context in
                guard let context = unsafe context else { return }
                unsafe Unmanaged<ThreadJob>.fromOpaque(context).takeRetainedValue().body()
            }, job)
        if status < 0 { unsafe Unmanaged<ThreadJob>.fromOpaque(job).release() }
        try checkWrapper("pthread_create", name, status)
    }
}

private final class ThreadJob: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

extension NetworkNamespace {
    /// Moves the calling thread into this namespace, setns(2). Only for threads that `DedicatedThread` started and
    /// whose every socket is opened with its namespace in mind.
    public func enterOnDedicatedThread() throws(SystemCallError) {
        // CLONE_NEWNET of `<sched.h>`, which the C library's module hides.
        try checkWrapper("setns", "network namespace", cw_setns(rawValue, 0x4000_0000))
    }
}
