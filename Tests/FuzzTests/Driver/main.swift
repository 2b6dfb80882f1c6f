import Glibc

// `make fuzz`: libFuzzer with one of the ways in. Its name comes first, libFuzzer's own options and corpora follow.

/// libFuzzer's own loop, of the compiler's run-time library (FuzzerInterface.h).
@_extern(c, "LLVMFuzzerRunDriver")
func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

nonisolated(unsafe) var chosen: FuzzEntry?

guard CommandLine.arguments.count > 1, let entry = FuzzEntry.all.first(where: { $0.name == CommandLine.arguments[1] })
else {
    print(FuzzEntry.all.map(\.name).joined(separator: "\n"))
    exit(CommandLine.arguments.count > 1 ? 2 : 0)
}
unsafe chosen = entry
// Sockets that are hung up on are errors of a write.
_ = signal(SIGPIPE, SIG_IGN)
var words = unsafe CommandLine.unsafeArgv.advanced(by: 1)
var count = CommandLine.argc - 1
exit(
    unsafe withUnsafeMutablePointer(to: &words) { words in
        unsafe words.withMemoryRebound(
            to: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?.self, capacity: 1
        ) { words in
            unsafe runFuzzer(&count, words) { bytes, length in
                let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: length))
                do { try unsafe chosen?.run(input) } catch { fatalError("\(error)") }
                return 0
            }
        }
    })
