import Faults
import Glibc
import Lab
import SystemCalls

// causeway-faults [ID …]: makes every fault of the matrix in a lab, asks `causeway why`, runs the fix that it prints,
// and prints the table: fault, named, fixed, milliseconds.
let wanted = CommandLine.arguments.dropFirst().filter { !$0.hasPrefix("-") }.map { $0.uppercased() }
let isVerbose = CommandLine.arguments.contains("-v")
let own = FileSystem.linkTarget("/proc/self/exe") ?? ""
let causeway = String(own[..<(own.lastIndex(of: "/") ?? own.startIndex)]) + "/causeway"

func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
}

do {
    let lab = try Lab("faults-\(getpid())")
    let up = try ChildProcess.run(ChildRequest(causeway, ["lab", "up", lab.name, "-q"]))
    guard up.status.isSuccess else { throw LabError(up.text + up.errorText) }
    var failures = 0
    defer { try? lab.down() }
    let bench = FaultLab(lab, causeway: causeway)
    print(pad("id", 6) + pad("fault", 44) + pad("named", 8) + pad("fixed", 10) + "ms")
    for fault in Fault.matrix where wanted.isEmpty || wanted.contains(fault.id.uppercased()) {
        do {
            try bench.prepare(fault)
            try bench.inject(fault)
            let answer = bench.why(fault)
            let headline = answer.text.split(separator: "\n").first.map(String.init) ?? ""
            let isNamed = fault.cause.allSatisfy { headline.contains($0) }
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
            if !isNamed || fixed == "NO" { failures += 1 }
            print(
                pad(fault.id, 6) + pad(fault.title, 44) + pad(isNamed ? "yes" : "NO", 8) + pad(fixed, 10)
                    + "\(answer.milliseconds)")
            if isVerbose || !isNamed || fixed == "NO" {
                print("       " + answer.text.replacing("\n", with: "\n       "))
                if fixed == "NO" { print("       after the fix: " + after.replacing("\n", with: "\n       ")) }
            }
        } catch {
            failures += 1
            print(pad(fault.id, 6) + pad(fault.title, 44) + "cannot be made: \(error)")
        }
        fflush(nil)
        bench.undo(fault)
    }
    print(failures == 0 ? "all named, all fixed" : "\(failures) not as wanted")
    try? lab.down()
    exit(failures == 0 ? 0 : 1)
} catch {
    print("\(error)")
    exit(2)
}
