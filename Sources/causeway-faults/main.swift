import Faults
import Glibc
import Lab
import Synchronization
import SystemCalls

// causeway-faults [-v] [-j LABS] [--all | --others] [--nftables] [ID …]: makes every fault of the matrix in a lab, asks
// `causeway why`, runs the fix that it prints, and prints the table: fault, named, fixed, milliseconds.
let arguments = Array(CommandLine.arguments.dropFirst())
let labs = arguments.firstIndex(of: "-j").flatMap { $0 + 1 < arguments.count ? Int(arguments[$0 + 1]) : nil } ?? 1
let wanted = arguments.filter { !$0.hasPrefix("-") && Int($0) == nil }.map { $0.uppercased() }
let isVerbose = arguments.contains("-v")
let usesNFTables = arguments.contains("--nftables")
let own = FileSystem.linkTarget("/proc/self/exe") ?? ""
let causeway = String(own[..<(own.lastIndex(of: "/") ?? own.startIndex)]) + "/causeway"

let pool: [Fault] =
    if !wanted.isEmpty || arguments.contains("--all") {
        Fault.matrix + Fault.others
    } else if arguments.contains("--others") {
        Fault.others
    } else {
        Fault.matrix
    }
let faults = pool.filter {
    (wanted.isEmpty || wanted.contains($0.id.uppercased())) && !(usesNFTables && $0.needsIPTables)
}

/// What became of the rows.
struct Outcome {
    var rows: [String]
    var failures = 0
}
let outcome = Mutex(Outcome(rows: []))

func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
}

/// Makes one fault, asks, mends, asks again; the row of the table.
func row(_ fault: Fault, _ bench: FaultLab) -> (text: String, isWanted: Bool) {
    let head = pad(fault.id, 6) + pad(fault.title, 46)
    guard bench.isPossible(fault) else { return (head + "not on this kernel", true) }
    defer { bench.undo(fault) }
    do {
        try bench.prepare(fault)
        try bench.inject(fault)
    } catch {
        return (head + "cannot be made: \(error)", false)
    }
    let answer = bench.why(fault)
    let isNamed = bench.isNamed(fault, answer)
    var fixed = fault.remedy.rawValue
    var after = ""
    if fault.remedy == .printed {
        do {
            try bench.mend(answer)
            let second = bench.why(fault)
            after = second.text
            fixed = second.code == 0 && !answer.fixes.isEmpty ? "yes" : "NO"
        } catch {
            fixed = "NO"
            after = "\(error)"
        }
    }
    var text = head + pad(isNamed ? "yes" : "NO", 8) + pad(fixed, 10) + "\(answer.milliseconds)"
    if isVerbose || !isNamed || fixed == "NO" {
        text += "\n       " + answer.text.replacing("\n", with: "\n       ")
        if fixed == "NO" { text += "\n       after the fix: " + after.replacing("\n", with: "\n       ") }
    }
    return (text, isNamed && fixed != "NO")
}

/// Works through every `labs`-th fault in a lab of its own.
@Sendable func work(_ number: Int) {
    do {
        let lab = try Lab("faults-\(getpid())-\(number)")
        let options = usesNFTables ? ["--", "--firewall-backend=nftables"] : []
        let up = try ChildProcess.run(ChildRequest(causeway, ["lab", "up", lab.name, "-q"] + options))
        guard up.status.isSuccess else { throw LabError(up.text + up.errorText) }
        defer { try? lab.down() }
        let bench = FaultLab(lab, causeway: causeway)
        for (place, fault) in faults.enumerated() where place % labs == number {
            let (text, isWanted) = row(fault, bench)
            outcome.withLock {
                print(text)
                fflush(nil)
                if !isWanted { $0.failures += 1 }
            }
        }
    } catch {
        outcome.withLock {
            print("\(error)")
            $0.failures += 1
        }
    }
}

print(pad("id", 6) + pad("fault", 46) + pad("named", 8) + pad("fixed", 10) + "ms")
await withTaskGroup(of: Void.self) { group in
    for number in 0..<labs { group.addTask { try? await BlockingWork.run { work(number) } } }
}
let failures = outcome.withLock { $0.failures }
print(failures == 0 ? "all named, all fixed" : "\(failures) not as wanted")
exit(failures == 0 ? 0 : 1)
