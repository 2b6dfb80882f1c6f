import EngineAPI

/// A volume as it is kept: one document in the store.
struct VolumeRecord: Codable, Sendable, Hashable {
    /// Its name; 64 hex digits where nobody chose one.
    var name: String
    var created: Timestamp
    /// The user's labels; an anonymous volume has Docker's mark among them.
    var labels: [String: String]?
    /// The options of the local driver: `type`, `o`, `device`.
    var options: [String: String]?
    /// Whether it is being removed: an engine that finds it like this at its start goes on with that.
    var isGoing: Bool?

    /// The label of volumes without a name of their own.
    static let anonymousLabel = "com.docker.volume.anonymous"

    /// Whether it was made without a name: what a prune removes.
    var isAnonymous: Bool { labels?[Self.anonymousLabel] != nil }
    /// Whether something has to be mounted before it is used.
    var needsMount: Bool { !(options?["device"] ?? "").isEmpty }
}

extension EnginePaths {
    /// Where volumes are.
    var volumes: String { dataRoot + "/volumes" }
    /// A volume's own directory.
    func volume(_ name: String) -> String { volumes + "/" + name }
    /// What of it is mounted in containers.
    func volumeData(_ name: String) -> String { volume(name) + "/_data" }
    /// Where parts of volumes are bound for running containers.
    var subpaths: String { execRoot + "/subpaths" }
}

/// Names of volumes.
enum VolumeName {
    /// Refuses drivers that are not there, in Docker's words.
    static func checkDriver(_ driver: String, of name: String) throws(APIError) {
        guard ["", "local"].contains(driver) else {
            throw .notFound(
                "create \(name): error looking up volume plugin \(driver): plugin \"\(driver)\" not found")
        }
    }

    /// Checks a name, in Docker's words.
    static func check(_ name: String) throws(APIError) {
        if name.utf8.count == 1 {
            throw .badRequest(
                "create \(name): volume name is too short, names should be at least two alphanumeric characters")
        }
        guard isValid(name) else {
            throw .badRequest(
                "create \(name): \"\(name)\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path"
            )
        }
    }

    /// Letters, digits and `_.-`, a letter or digit first, two characters or more, and no more than a file's name has.
    static func isValid(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard bytes.count >= 2, bytes.count <= 255, let first = bytes.first, isAlphanumeric(first) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || "_.-".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
