import CrashPoints
import Glibc
import KernelTestSupport
import Lab
import SystemCalls
import Testing

@Suite("the daemon's sudden end in the middle of an operation", .needsLab, .needsCrashPoints, .serialized)
struct CrashTests {
    @Test("some steps of some operations: all is as before or as after, a second attempt succeeds, nothing is left")
    func bounded() async throws {
        try await CrashLab.with("crash") { lab in
            var walk = try CrashWalk(lab)
            let all = Dictionary(CrashOperation.all.map { ($0.name, $0) }) { first, _ in first }
            let steps: [(String, Set<CrashPoint>)] = [
                ("create", [.createVolumesFilled]), ("start", [.attachInterfaceMade, .startProgramRuns]),
                ("remove by force", [.exitForgotten]), ("end with --rm", [.exitSaved]),
                ("restart with --rm", [.exitSaved]), ("disconnect", [.disconnectNoted]),
                ("network create", [.networkMade]), ("image load", [.imageConfigPlaced]),
            ]
            for (name, points) in steps { try walk.walk(try #require(all[name]), at: points) }
            return walk.losses + walk.rows.filter { $0.tried == 0 }.map { "\($0.name): no step was tried" }
        }
    }

    @Test(
        "every step of every operation, and of the recovery from it", .enabled(if: isTorture, "a part of make torture"),
        .timeLimit(.minutes(60)), arguments: Backend.allCases)
    func whole(backend: Backend) async throws {
        let registry = LabRegistries.program != nil
        let more = registry ? try LabRegistries.prepare() : []
        defer { try? FileSystem.removeTree(LabRegistries.folder) }
        try await CrashLab.with(
            "crash-" + backend.rawValue.prefix(3), options: ["--firewall-backend=\(backend.rawValue)"] + more
        ) { lab in
            if registry {
                try LabRegistries.launch(in: lab.lab)
                try lab.succeed(
                    "curl -s --retry 40 --retry-delay 0 --retry-connrefused http://\(LabRegistries.plain)/v2/")
            }
            let wanted = Self.variable("CAUSEWAY_CRASH_ONLY")
            var walk = try CrashWalk(lab)
            for operation in CrashOperation.all where operation.needs != .registry || registry {
                if let wanted, !operation.name.contains(wanted) { continue }
                try walk.walk(operation)
                Self.report(walk, backend)
            }
            let recoveries: [String: CrashPoint] = [
                "start": .startProcessMade, "remove": .removeNoted, "connect": .connectPlugged,
            ]
            for operation in CrashOperation.all {
                guard let point = recoveries[operation.name] else { continue }
                if let wanted, !"recovery".contains(wanted) { continue }
                try walk.walkRecovery(operation, cutAt: point)
                Self.report(walk, backend)
            }
            if wanted == nil || wanted == "start of" {
                try walk.walkStart()
                Self.report(walk, backend)
            }
            if wanted != nil { return walk.losses }
            var missed = Set(CrashPoint.allCases).subtracting(walk.ended).subtracting(Self.unreachable(backend))
            // A machine whose folders are shared mounts already has none to bind.
            missed.subtract([.recoverFolderNoted, .recoverFolderBound].filter { !walk.passedAtStart.contains($0) })
            let words = missed.map { "the daemon never ended at \($0.rawValue)" }.sorted()
            Self.report("steps that there are", CrashPoint.allCases.count, words, backend)
            return walk.losses + words
        }
    }

    /// Steps that this machine, or this back end, does not have.
    private static func unreachable(_ backend: Backend) -> Set<CrashPoint> {
        var missing: Set<CrashPoint> = LabRegistries.program == nil ? [.imageBlobFetched] : []
        if backend == .nftables { missing.formUnion([.firewallNoted, .firewallFamilyDone]) }
        return missing
    }

    private static func report(_ walk: CrashWalk, _ backend: Backend) {
        guard let row = walk.rows.last else { return }
        report(row.name, row.tried, row.losses, backend)
    }

    /// A row of `make torture`, and what was lost.
    private static func report(_ name: String, _ tried: Int, _ losses: [String], _ backend: Backend) {
        for loss in losses { print("lost: \(loss)") }
        print("ROW\tcrash, \(backend): \(name)\t\(tried)\t\(losses.count)\tsteps")
        fflush(nil)
    }

    static let isTorture = variable("CAUSEWAY_TORTURE") != nil

    private static func variable(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}

extension Trait where Self == ConditionTrait {
    /// Only where the daemon was built with its crash points: not in a release build.
    static var needsCrashPoints: ConditionTrait {
        #if DEBUG
            .enabled(if: true)
        #else
            .disabled("crash points are in debug builds only")
        #endif
    }
}
