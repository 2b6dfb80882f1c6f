import Faults
import Lab
import SystemCalls

/// A fault in a lab, for the user to find. Which one it is stands in the lab's run directory.
struct Hunt {
    let lab: Lab
    private let bench: FaultLab

    init(lab: Lab, causeway: String) {
        self.lab = lab
        bench = FaultLab(lab, causeway: causeway)
    }

    private var stateFile: String { lab.runDirectory + "/lesson" }

    /// The fault that is made now.
    func current() throws(LabError) -> Fault {
        guard let text = try? FileSystem.readText(stateFile), let fault = Fault.named(text.filter { !$0.isWhitespace })
        else {
            throw LabError(
                "Nothing is broken in the lab '\(lab.name)'.",
                remedy: "Break something: causeway lab break\(lab.name == "lab" ? "" : " --lab " + lab.name)")
        }
        return fault
    }

    /// Makes a fault.
    ///
    /// - Parameter word: its name, or its number from 1; nil is any that this kernel can make.
    func start(_ word: String?) throws(LabError) -> Fault {
        guard lab.daemonPID != nil else {
            throw LabError(
                "A lab with its daemon is needed, and '\(lab.name)' is not up.",
                remedy: "causeway lab up\(lab.name == "lab" ? "" : " " + lab.name)")
        }
        if (try? current()) != nil {
            throw LabError(
                "A fault is there already.",
                remedy: "Find it (causeway lab check …), or take it back: causeway lab break --undo"
                    + (lab.name == "lab" ? "" : " --lab \(lab.name)"))
        }
        if let word {
            let fault = try Self.find(word)
            try make(fault)
            return fault
        }
        // Not every kernel can make every fault.
        var failure: LabError?
        for fault in Fault.matrix.filter({ $0.hasContainers && $0.remedy == .printed }).shuffled().prefix(5) {
            do throws(LabError) {
                try make(fault)
                return fault
            } catch { failure = error }
        }
        throw failure ?? LabError("No fault could be made.")
    }

    static func find(_ word: String) throws(LabError) -> Fault {
        if let fault = Fault.named(word) { return fault }
        let all = Fault.matrix + Fault.others
        if let number = Int(word), all.indices.contains(number - 1) { return all[number - 1] }
        throw LabError("There is no fault '\(word)'; there are 1 to \(all.count).", remedy: "causeway lab break --list")
    }

    private func make(_ fault: Fault) throws(LabError) {
        guard bench.isPossible(fault) else {
            throw LabError(
                "\(fault.id), \(fault.title), cannot be made here: this kernel or its programs lack what it needs.")
        }
        try bench.prepare(fault)
        do throws(LabError) { try bench.inject(fault) } catch {
            bench.undo(fault)
            throw error
        }
        do throws(SystemCallError) {
            try FileSystem.replace(stateFile, Array(fault.id.utf8), mode: 0o600)
        } catch {
            bench.undo(fault)
            throw LabError("cannot note the fault: \(error)")
        }
    }

    /// Takes the fault back.
    func undo() throws(LabError) -> Fault {
        let fault = try current()
        bench.undo(fault)
        try? FileSystem.removeFile(stateFile)
        try lab.setRepairing(true)
        return fault
    }

    /// Whether the fault's destination is reached from its source.
    func isMended(_ fault: Fault) -> Bool {
        let enter =
            switch fault.source {
            case "red": "nsenter -t $RED_PID -n "
            case "blue": "nsenter -t $BLUE_PID -n "
            case "internet": "nsenter --net=\(lab.internetNamespacePath) "
            default: ""
            }
        // What neither ping nor nc can ask as the fault does.
        let isOther = fault.asksMap || !fault.options.isEmpty || fault.destination.contains("::")
        if isOther || ["green", "host", "example.test", "nothere.test"].contains(fault.destination) {
            return bench.isInOrder(fault)
        }
        let parts = fault.destination.split(separator: ":").map(String.init)
        guard let target = parts.first else {
            return bench.run("ip link show \(fault.source) | grep -q ,UP").code == 0
        }
        let address = bench.address(target)
        let probe =
            parts.count == 2
            ? "busybox nc -w 2 \(address) \(parts[1]) </dev/null" : "ping -c 1 -W 2 \(address)"
        return bench.run(enter + probe).code == 0
    }
}

extension FaultLab {
    /// A container's address; anything else as it is.
    func address(_ name: String) -> String {
        guard ["red", "blue"].contains(name) else { return name }
        let pid = name == "red" ? "$RED_PID" : "$BLUE_PID"
        let listing = run("nsenter -t \(pid) -n ip -o -4 addr show eth0")
        let words = listing.text.split(separator: " ")
        guard let place = words.firstIndex(of: "inet"), place + 1 < words.count else { return name }
        return String(words[place + 1].prefix { $0 != "/" })
    }
}
