import SystemCalls

/// Gives memory back while nothing happens: pages of the program that starting up or a burst of requests has touched,
/// and free heap. What is needed again comes from the page cache within microseconds.
enum IdleMemory {
    /// How long nothing has to happen.
    private static let quiet = Duration.seconds(10)
    /// The processor time that does not count as something.
    private static let negligible = Duration.milliseconds(10)

    /// Looks on until it is cancelled.
    static func watch() async {
        var isGivenBack = false
        while !Task.isCancelled {
            let before = ProcessMemory.processorTime
            do { try await Task.sleep(for: quiet) } catch { return }
            if ProcessMemory.processorTime - before > negligible {
                isGivenBack = false
            } else if !isGivenBack {
                ProcessMemory.giveBack()
                isGivenBack = true
            }
        }
    }
}
