import EngineAPI
import SystemCalls

/// The parts of a container's `config.json` that are needed again while it runs.
struct RunningSpecification: Decodable, Sendable {
    /// The process that the container was made for.
    struct Process: Decodable, Sendable {
        struct User: Decodable, Sendable {
            var uid: UInt32
            var gid: UInt32
            var additionalGids: [UInt32]?
        }

        struct Capabilities: Decodable, Sendable {
            var bounding: [String]?
        }

        var user: User
        var args: [String]
        var env: [String]?
        var cwd: String
        var capabilities: Capabilities?
        var noNewPrivileges: Bool?
    }

    struct Linux: Decodable, Sendable {
        var cgroupsPath: String?
    }

    var process: Process
    var linux: Linux?

    /// Reads `config.json` in a bundle.
    static func read(bundle: String) throws(RuntimeError) -> RunningSpecification {
        let path = bundle + "/config.json"
        do {
            return try JSONText.decode(RunningSpecification.self, from: try FileSystem.readBytes(path))
        } catch {
            throw RuntimeError("cannot read \(path): \(error)")
        }
    }
}

/// crun's own note of a container, `status` in its state folder.
struct CrunStatus: Decodable, Sendable {
    var cgroupPath: String

    enum CodingKeys: String, CodingKey {
        case cgroupPath = "cgroup-path"
    }

    /// Reads the file, or returns nil where there is none.
    static func read(state: String) -> CrunStatus? {
        guard let bytes = try? FileSystem.readBytes(state + "/status") else { return nil }
        return try? JSONText.decode(CrunStatus.self, from: bytes)
    }
}
