import EngineAPI
import Glibc
import SystemCalls

/// The credentials of registries, as Docker's own file tells: `$DOCKER_CONFIG/config.json`, else
/// `~/.docker/config.json`. They are in the file itself, or with the programs that it names in `credHelpers` (for one
/// registry) and `credsStore` (for all others). Whoever logged in with `docker login` is logged in here, and the other
/// way round.
public struct CredentialFile {
    /// The file.
    public let path: String
    private var document: JSONValue
    private let variable: (String) -> String?

    /// Reads the file; one that is not there is empty.
    ///
    /// - Parameter variable: looks up a variable of the environment.
    /// - Throws: where the file is no JSON object.
    public init(environment variable: @escaping (String) -> String?) throws(ClientError) {
        self.variable = variable
        let folder = variable("DOCKER_CONFIG") ?? (variable("HOME") ?? "/root") + "/.docker"
        path = folder + "/config.json"
        document = .object([])
        guard FileSystem.exists(path) else { return }
        do {
            document = try JSONText.decode(JSONValue.self, from: try FileSystem.readBytes(path))
        } catch {
            throw .local("error loading config file \(path): \(error)")
        }
        guard case .object = document else { throw .local("error loading config file \(path): it is no JSON object") }
    }

    /// The key of a registry in the file: Docker Hub has a URL, others their name.
    public static func key(of registry: String) -> String {
        registry == "docker.io" ? "https://index.docker.io/v1/" : registry
    }

    /// The registry that an argument of `login` and `logout` means.
    public static func registry(_ argument: String?) -> String {
        var text = (argument ?? "docker.io")[...]
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) { text = text.dropFirst(scheme.count) }
        let host = String(text.prefix { $0 != "/" })
        return host.isEmpty || host == "index.docker.io" || host == "registry-1.docker.io" ? "docker.io" : host
    }

    /// The program that keeps a key's credentials; nil where they are in the file.
    private func helper(_ key: String) -> CredentialHelper? {
        var name = document.text("credsStore")
        if let own = document["credHelpers"]?[key]?.string { name = own }
        return name.isEmpty ? nil : CredentialHelper(name, environment: variable)
    }

    /// Whether a helper keeps a registry's credentials, so that they are not in the file.
    public func hasHelper(_ registry: String) -> Bool { helper(Self.key(of: registry)) != nil }

    /// The credentials of a registry; nobody where there are none.
    ///
    /// - Throws: where a helper is missing or fails.
    public func credentials(of registry: String) throws(ClientError) -> Credentials {
        let key = Self.key(of: registry)
        var found = stored(key)
        guard let helper = helper(key) else { return found }
        let kept = try helper.get(key) ?? Credentials()
        found.username = kept.username
        found.password = kept.password
        found.identityToken = kept.identityToken
        return found
    }

    /// What the file itself has; old files have URLs as keys.
    private func stored(_ key: String) -> Credentials {
        var found = Credentials()
        let auths = document["auths"]
        guard let entry = auths?[key] ?? auths?.members.first(where: { Self.host($0.name) == key })?.value else {
            return found
        }
        if let bytes = Base64.decode(entry.text("auth")), let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
            found.username = String(decoding: bytes[..<colon], as: UTF8.self)
            found.password = String(decoding: bytes[(colon + 1)...], as: UTF8.self)
        }
        found.identityToken = entry.text("identitytoken")
        found.registryToken = entry.text("registrytoken")
        return found
    }

    /// A URL without its scheme and path.
    private static func host(_ url: String) -> String {
        var text = url[...]
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) { text = text.dropFirst(scheme.count) }
        return String(text.prefix { $0 != "/" })
    }

    /// `X-Registry-Auth` for a registry: JSON in base 64; `{}` for nobody.
    ///
    /// - Throws: where a helper is missing or fails.
    public func header(for registry: String) throws(ClientError) -> String {
        Self.header(try credentials(of: registry), for: registry)
    }

    /// The same for credentials that are at hand.
    public static func header(_ credentials: Credentials, for registry: String) -> String {
        var members: [JSONValue.Member] = []
        for (name, text) in [
            ("username", credentials.username), ("password", credentials.password),
            ("identitytoken", credentials.identityToken), ("registrytoken", credentials.registryToken),
        ] where !text.isEmpty { members.append(.init(name, .string(text))) }
        if !members.isEmpty { members.append(.init("serveraddress", .string(key(of: registry)))) }
        let text = (try? JSONText.encode(JSONValue.object(members))) ?? Array("{}".utf8)
        return String(Base64.encode(text).map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }

    /// Notes credentials, with the registry's helper where it has one; the file then holds only that there are some.
    ///
    /// - Throws: where the helper or the writing of the file fails.
    public mutating func set(_ registry: String, _ credentials: Credentials) throws(ClientError) {
        let key = Self.key(of: registry)
        if let helper = helper(key) {
            do throws(ClientError) { try helper.store(credentials, for: key) } catch {
                throw .local("Error saving credentials: \(error.message)")
            }
            return try change(key, to: .object([]))
        }
        let token = credentials.identityToken
        let secret = token.isEmpty ? credentials.password : ""
        var entry = [JSONValue.Member("auth", .string(Base64.encode(Array("\(credentials.username):\(secret)".utf8))))]
        if !token.isEmpty { entry.append(.init("identitytoken", .string(token))) }
        try change(key, to: .object(entry))
    }

    /// Forgets credentials, under the registry's name and under its URLs, as old files have them.
    ///
    /// - Returns: what went wrong where nothing could be forgotten, by the names that were tried; else nothing.
    public mutating func remove(_ registry: String) -> [(key: String, error: ClientError)] {
        let key = Self.key(of: registry)
        let keys = registry == "docker.io" ? [key] : [key, "http://" + key, "https://" + key]
        var failures: [(key: String, error: ClientError)] = []
        for key in keys {
            do throws(ClientError) {
                if let helper = helper(key) { try helper.erase(key) }
                if document["auths"]?[key] != nil { try change(key, to: nil) }
            } catch {
                failures.append((key, error))
            }
        }
        return failures.count == keys.count ? failures : []
    }

    private mutating func change(_ key: String, to entry: JSONValue?) throws(ClientError) {
        func members(_ value: JSONValue?) -> [JSONValue.Member] {
            if case .object(let members)? = value { members } else { [] }
        }
        var auths = members(document["auths"]).filter { $0.name != key }
        if let entry { auths.append(.init(key, entry)) }
        var all = members(document)
        if let index = all.firstIndex(where: { $0.name == "auths" }) {
            all[index].value = .object(auths)
        } else {
            all.append(.init("auths", .object(auths)))
        }
        document = .object(all)
        do {
            let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
            try FileSystem.makeDirectory(folder, mode: 0o700)
            try FileSystem.replace(path, try JSONText.encode(document, pretty: true), mode: 0o600)
        } catch {
            throw .local("error saving credentials: \(error)")
        }
    }
}
