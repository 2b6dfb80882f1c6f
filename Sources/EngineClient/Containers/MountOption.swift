public import EngineAPI
import Glibc

/// `--mount type=bind,source=/a,target=/b,readonly`.
public enum MountOption {
    /// Reads one option's fields.
    public static func parse(_ text: String) throws(ValueError) -> MountSpec {
        var mount = MountSpec(type: "volume")
        for field in fields(text) { try apply(field, to: &mount) }
        if mount.type.isEmpty { throw ValueError("type is required") }
        if mount.target.isEmpty { throw ValueError("target is required") }
        let families: [(String, String, Bool)] = [
            ("volume", "volume", mount.volumeOptions != nil), ("bind", "bind", mount.bindOptions != nil),
            ("tmpfs", "tmpfs", mount.tmpfsOptions != nil),
        ]
        for (family, type, isUsed) in families where isUsed && mount.type != type {
            throw ValueError("cannot mix '\(family)-*' options with mount type '\(mount.type)'")
        }
        if mount.readOnly != true {
            if mount.bindOptions?.readOnlyNonRecursive == true {
                throw ValueError(
                    "option 'bind-recursive=writable' requires 'readonly' to be specified in conjunction")
            }
            if mount.bindOptions?.readOnlyForceRecursive == true {
                throw ValueError(
                    "option 'bind-recursive=readonly' requires 'readonly' to be specified in conjunction")
            }
        }
        return mount
    }

    /// Splits at commas; a field may stand in double quotes, as in CSV.
    static func fields(_ text: String) -> [String] {
        var fields = [""]
        var quoted = false
        for character in text {
            if character == "\"" {
                quoted.toggle()
            } else if character == ",", !quoted {
                fields.append("")
            } else {
                fields[fields.count - 1].append(character)
            }
        }
        return fields
    }

    private static func apply(_ field: String, to mount: inout MountSpec) throws(ValueError) {
        let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let key = (parts.first ?? "").lowercased()
        let isBare = parts.count < 2
        let value = isBare ? "true" : parts[1]
        if isBare, !["readonly", "ro", "volume-nocopy", "bind-nonrecursive"].contains(key) {
            throw ValueError("invalid field '\(field)' must be a key=value pair")
        }
        func boolean() throws(ValueError) -> Bool {
            guard let flag = Flag.boolean(value) else { throw ValueError("invalid value for \(key): \(value)") }
            return flag
        }
        switch key {
        case "type": mount.type = value.lowercased()
        case "source", "src": mount.source = PathText.absolute(value)
        case "target", "dst", "destination": mount.target = value
        case "readonly", "ro": mount.readOnly = try boolean()
        case "consistency": mount.consistency = value.lowercased()
        case "bind-propagation", "bind-nonrecursive", "bind-recursive":
            var options = mount.bindOptions ?? MountBindOptions()
            switch (key, value) {
            case ("bind-propagation", _): options.propagation = value.lowercased()
            case ("bind-nonrecursive", _): options.nonRecursive = try boolean()
            case (_, "enabled"): break
            case (_, "disabled"): options.nonRecursive = true
            case (_, "writable"): options.readOnlyNonRecursive = true
            case (_, "readonly"): options.readOnlyForceRecursive = true
            default:
                throw ValueError(
                    "invalid value for \(key): \(value) "
                        + "(must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")")
            }
            mount.bindOptions = options
        case "volume-subpath", "volume-nocopy", "volume-label", "volume-driver", "volume-opt":
            var options = mount.volumeOptions ?? MountVolumeOptions()
            let pair = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            switch key {
            case "volume-subpath": options.subpath = value
            case "volume-nocopy": options.noCopy = try boolean()
            case "volume-label":
                options.labels = (options.labels ?? [:]).merging([pair[0]: pair.dropFirst().first ?? ""]) { $1 }
            default:
                var driver = options.driverConfig ?? MountVolumeDriver()
                if key == "volume-driver" {
                    driver.name = value
                } else {
                    driver.options = (driver.options ?? [:]).merging([pair[0]: pair.dropFirst().first ?? ""]) { $1 }
                }
                options.driverConfig = driver
            }
            mount.volumeOptions = options
        case "tmpfs-size", "tmpfs-mode":
            var options = mount.tmpfsOptions ?? MountTmpfsOptions()
            if key == "tmpfs-size" {
                guard let size = try? HumanUnits.parseBytes(value) else {
                    throw ValueError("invalid value for \(key): \(value)")
                }
                options.sizeBytes = size
            } else {
                guard let mode = Int(value, radix: 8) else { throw ValueError("invalid value for \(key): \(value)") }
                options.mode = mode
            }
            mount.tmpfsOptions = options
        default: throw ValueError("unexpected key '\(key)' in '\(field)'")
        }
    }
}

/// Paths of this machine.
enum PathText {
    /// A path that begins with a dot, from the root on; any other as it is.
    static func absolute(_ path: String) -> String {
        guard path.hasPrefix(".") else { return path }
        let directory = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
            guard let base = buffer.baseAddress, let text = unsafe getcwd(base, buffer.count) else { return "/" }
            return unsafe String(cString: text)
        }
        var parts: [Substring] = []
        for part in (directory + "/" + path).split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
