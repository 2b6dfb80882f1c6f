/// What a `daemon.json` sets, by the options' names on the command line.
struct ConfigurationFile: Hashable, Sendable {
    /// A value as written, and as the texts that the command line would hold.
    struct Setting: Hashable, Sendable {
        let option: DaemonOption
        let document: JSONDocument
        let texts: [String]
    }

    /// The settings by the option's name.
    private(set) var settings: [String: Setting] = [:]

    /// A file that sets nothing.
    init() {}

    /// Reads the file's bytes. An empty file sets nothing, as with dockerd.
    init(parsing bytes: [UInt8]) throws(DaemonOptionError) {
        var bytes = bytes[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        if bytes.allSatisfy({ [0x20, 0x09, 0x0A, 0x0D].contains($0) }) { return }
        let document: JSONDocument
        do {
            document = try JSONReader.read(Array(bytes))
        } catch {
            throw DaemonOptionError("invalid JSON at line \(error.line), column \(error.column): \(error.reason)")
        }
        guard case .object(let members) = document else {
            throw DaemonOptionError("an object should be at the top, not \(document.kindName)")
        }
        try refuseUnknown(members)
        for member in members where member.value != .null {
            if member.key == Self.proxies { try readProxies(member.value) }
            guard let option = DaemonOption.keyed(member.key) else { continue }
            let texts = try Self.texts(member.value, option.kind, key: member.key)
            settings[option.name] = Setting(option: option, document: member.value, texts: texts)
        }
    }

    /// The key of the object with the three proxy options.
    private static let proxies = "proxies"

    private mutating func readProxies(_ value: JSONDocument) throws(DaemonOptionError) {
        guard case .object(let members) = value else {
            throw DaemonOptionError("\(Self.proxies): it should be an object, not \(value.kindName)")
        }
        for member in members {
            let names = ["http-proxy", "https-proxy", "no-proxy"]
            guard names.contains(member.key),
                let option = DaemonOption.supported.first(where: { $0.name == member.key })
            else {
                throw DaemonOptionError(
                    "the following directives don't match any configuration option: \(Self.proxies).\(member.key)")
            }
            guard case .string(let text) = member.value else {
                throw DaemonOptionError("\(member.key): it should be a string, not \(member.value.kindName)")
            }
            settings[option.name] = Setting(option: option, document: member.value, texts: [text])
        }
    }

    private func refuseUnknown(_ members: [JSONDocument.Member]) throws(DaemonOptionError) {
        var unknown: [String] = []
        var dockers: [String] = []
        for member in members where DaemonOption.keyed(member.key) == nil && member.key != Self.proxies {
            if DockerOnlyOptions.knowsKey(member.key) { dockers.append(member.key) } else { unknown.append(member.key) }
        }
        if !unknown.isEmpty {
            throw DaemonOptionError(
                "the following directives don't match any configuration option: \(unknown.joined(separator: ", "))")
        }
        if !dockers.isEmpty { throw DockerOnlyOptions.refusal(keys: dockers) }
    }

    /// The values as the command line would hold them.
    private static func texts(
        _ value: JSONDocument, _ kind: DaemonOption.Kind, key: String
    ) throws(DaemonOptionError) -> [String] {
        func refuse(_ wanted: String, _ found: JSONDocument) -> DaemonOptionError {
            DaemonOptionError("\(key): it should be \(wanted), not \(found.kindName)")
        }
        switch (kind, value) {
        case (.flag, .bool(let on)): return [String(on)]
        case (.flag, _): throw refuse("true or false", value)
        case (.number, .number(let text)): return [text]
        case (.number, _): throw refuse("a number", value)
        case (.text, .string(let text)): return [text]
        case (.text, _): throw refuse("a string", value)
        case (.list, .string(let text)) where key == "host-gateway-ip": return [text]
        case (.pairs, .object(let members)): return try pairs(members, key: key)
        case (.pairs, _): throw refuse("an object of strings", value)
        case (.nested, .object(let members)): return try nested(members, key: key)
        case (.nested, _): throw refuse("an object of objects", value)
        case (.list, .array(let values)):
            var texts: [String] = []
            for value in values {
                guard case .string(let text) = value else {
                    throw refuse("an array of strings, and each of them a string", value)
                }
                texts.append(text)
            }
            return texts
        case (.list, _): throw refuse("an array of strings", value)
        case (.pools, .array(let values)):
            var texts: [String] = []
            for value in values { texts.append(try pool(value, key: key)) }
            return texts
        case (.pools, _): throw refuse("an array of objects with base and size", value)
        }
    }

    /// `{"max-size": "10m"}` as `max-size=10m`.
    private static func pairs(
        _ members: [JSONDocument.Member], key: String
    ) throws(DaemonOptionError) -> [String] {
        var texts: [String] = []
        for member in members {
            guard case .string(let text) = member.value else {
                throw DaemonOptionError("\(key): \(member.key) should be a string, not \(member.value.kindName)")
            }
            texts.append("\(member.key)=\(text)")
        }
        return texts
    }

    /// `{"bridge": {"com.docker.network.driver.mtu": "1400"}}` as `bridge=com.docker.network.driver.mtu=1400`.
    private static func nested(
        _ members: [JSONDocument.Member], key: String
    ) throws(DaemonOptionError) -> [String] {
        var texts: [String] = []
        for outer in members {
            guard case .object(let options) = outer.value else {
                throw DaemonOptionError("\(key): \(outer.key) should be an object, not \(outer.value.kindName)")
            }
            for option in options {
                guard case .string(let text) = option.value else {
                    throw DaemonOptionError("\(key): \(option.key) should be a string, not \(option.value.kindName)")
                }
                texts.append("\(outer.key)=\(option.key)=\(text)")
            }
        }
        return texts
    }

    /// `{"base": "10.0.0.0/8", "size": 24}` as `base=10.0.0.0/8,size=24`.
    private static func pool(_ value: JSONDocument, key: String) throws(DaemonOptionError) -> String {
        guard case .object(let members) = value else {
            throw DaemonOptionError("\(key): each pool should be an object with base and size, not \(value.kindName)")
        }
        var fields: [String] = []
        for member in members {
            switch (member.key.lowercased(), member.value) {
            case ("base", .string(let text)), ("size", .number(let text)):
                fields.append("\(member.key.lowercased())=\(text)")
            case ("base", _): throw DaemonOptionError("\(key): base should be a string, not \(member.value.kindName)")
            case ("size", _): throw DaemonOptionError("\(key): size should be a number, not \(member.value.kindName)")
            default: throw DaemonOptionError("\(key): unexpected key '\(member.key)' in a pool")
            }
        }
        return fields.joined(separator: ",")
    }

    /// Refuses what both the command line and the file set, as dockerd does.
    func refuseConflicts(with flags: CommandLineFlags) throws(DaemonOptionError) {
        let conflicts = settings.values.sorted { $0.option.name < $1.option.name }.compactMap { setting -> String? in
            guard let given = flags.values[setting.option.name] else { return nil }
            let flag: String
            switch setting.option.kind {
            case .list("ipSlice"): flag = "[\(given.joined(separator: ","))]"
            case .list: flag = "[\(given.joined(separator: " "))]"
            case .pools, .pairs, .nested, .flag, .number, .text: flag = given.joined(separator: ", ")
            }
            return
                "\(setting.option.key ?? setting.option.name): (from flag: \(flag), from file: \(setting.document.goText))"
        }
        if !conflicts.isEmpty {
            throw DaemonOptionError(
                "the following directives are specified both as a flag and in the configuration file: "
                    + conflicts.joined(separator: ", "))
        }
    }
}
