import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import SystemCalls

/// How a download goes.
public enum BlobEvent: Hashable, Sendable {
    /// It waits for others to end.
    case waiting
    /// Bytes that are there.
    case received(Int64)
    /// An attempt failed; the next begins in some seconds.
    case retrying(seconds: Int)
    /// All bytes are there; their digest is checked.
    case verifying
}

extension RegistrySession {
    /// Downloads a blob to a file, which must not exist. Where the connection breaks, it goes on from there (`Range`),
    /// as often as the configuration says.
    ///
    /// - Throws: `.damaged` where the blob is not what the descriptor says; what the last attempt failed with. The
    ///   file is the caller's to remove.
    func download(
        _ descriptor: BlobDescriptor, to path: String, report: @Sendable (BlobEvent) -> Void
    ) async throws {
        let file = try await Self.local { () throws(SystemCallError) in
            SharedFileDescriptor(try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600))
        }
        var blob = ResumableBlob(descriptor)
        var attempt = 1
        while true {
            do {
                try await receive(&blob, file, report)
                report(.verifying)
                try blob.finish()
                return
            } catch let error as RegistryError where error.isPassing && attempt < configuration.maxAttempts {
                // What is complete and wrong does not become right.
                let pause = configuration.retryDelay * Double(attempt)
                var left = Int(pause.rounded(.up))
                repeat {
                    if left > 0 { report(.retrying(seconds: left)) }
                    try await Task.sleep(for: .milliseconds(min(1000, Int(pause * 1000))))
                    left -= 1
                } while left > 0
                attempt += 1
            }
        }
    }

    private func receive(
        _ blob: inout ResumableBlob, _ file: SharedFileDescriptor, _ report: @Sendable (BlobEvent) -> Void
    ) async throws {
        if blob.isComplete, blob.received > 0 { return }
        let range = blob.range.map { [("Range", $0)] } ?? []
        let url = endpoint.url("\(repository)/blobs/\(blob.descriptor.digest)")
        let reply = try await send(.GET, url, headers: range)
        guard reply.status == 200 || reply.status == 206 else {
            if reply.status == 416 { blob.restart() }
            throw await refusal(reply, .GET)
        }
        let length = reply["content-length"].flatMap { Int64($0) }
        let placement = try blob.begin(
            status: reply.status, contentRange: reply["content-range"], contentLength: length)
        if placement == .restart { try await Self.rewind(file) }
        // Bytes are collected to pieces that are worth a change of threads.
        var waiting: [UInt8] = []
        do {
            for try await piece in reply.body {
                let bytes = Array(piece.readableBytesView)
                try blob.take(bytes)
                waiting += bytes
                if waiting.count >= 1 << 19 {
                    try await Self.append(waiting, file)
                    waiting.removeAll(keepingCapacity: true)
                    report(.received(blob.received))
                }
            }
        } catch {
            let failure = HTTPFailure.translate(error, "GET \"\(url.withoutQuery)\"", url)
            // What came before the break stays.
            if !(failure is CancellationError), !waiting.isEmpty { try await Self.append(waiting, file) }
            throw failure
        }
        if !waiting.isEmpty { try await Self.append(waiting, file) }
        report(.received(blob.received))
        if !blob.isComplete { try blob.finish() }
    }

    private static func append(_ bytes: [UInt8], _ file: SharedFileDescriptor) async throws {
        try await local { () throws(SystemCallError) in
            try file.withDescriptor { (file) throws(SystemCallError) in try file.writeAll(bytes) }
        }
    }

    private static func rewind(_ file: SharedFileDescriptor) async throws {
        try await local { () throws(SystemCallError) in
            try check("ftruncate") { ftruncate(file.rawValue, 0) }
            try check("lseek") { Int32(truncatingIfNeeded: lseek(file.rawValue, 0, SEEK_SET)) }
        }
    }

    private static func local<Value: Sendable>(
        _ body: @escaping @Sendable () throws(SystemCallError) -> Value
    ) async throws -> Value {
        do {
            return try await BlockingWork.run(body)
        } catch {
            throw RegistryError(.local, "store what the registry sends: \(error)")
        }
    }
}
