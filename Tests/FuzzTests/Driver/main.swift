import Glibc

// `make fuzz`: libFuzzer with the way in that CAUSEWAY_FUZZ_WAY names. Options and corpora are libFuzzer's own.

/// libFuzzer's own loop, of the compiler's run-time library (FuzzerInterface.h).
@_extern(c, "LLVMFuzzerRunDriver")
func runFuzzer(
    _ count: UnsafeMutablePointer<CInt>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

nonisolated(unsafe) var chosen: FuzzEntry?

// Not a word of the command line: libFuzzer starts itself anew with the same words where it merges corpora.
guard let name = unsafe getenv("CAUSEWAY_FUZZ_WAY"),
    let entry = FuzzEntry.all.first(where: { unsafe $0.name == String(cString: name) })
else {
    print(FuzzEntry.all.map(\.name).joined(separator: "\n"))
    exit(0)
}
unsafe chosen = entry
// Sockets that are hung up on are errors of a write.
_ = signal(SIGPIPE, SIG_IGN)
var words = unsafe CommandLine.unsafeArgv
var count = CommandLine.argc
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
