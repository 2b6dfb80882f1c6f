import EngineAPI
import Glibc
import SystemCalls

/// The credentials of registries, in Docker's own file: `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`.
/// Whoever logged in with `docker login` is logged in here, and the other way round.
public struct CredentialFile {
    /// The file.
    public let path: String
    private var document: JSONValue

    /// Reads the file; one that is not there is empty.
    ///
    /// - Parameter variable: looks up a variable of the environment.
    /// - Throws: where the file is no JSON object.
    public init(environment variable: (String) -> String?) throws(ClientError) {
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

    /// The program that Docker would ask for a registry's credentials; nil where they are in the file.
    private func helper(of registry: String) -> String? {
        let key = Self.key(of: registry)
        if case .string(let name)? = document["credHelpers"]?[key] { return name }
        if case .string(let name)? = document["credsStore"], !name.isEmpty { return name }
        return nil
    }

    /// `X-Registry-Auth` for a registry: JSON in base 64; `{}` for nobody.
    public func header(for registry: String) -> String {
        let key = Self.key(of: registry)
        var members: [JSONValue.Member] = []
        if let entry = document["auths"]?[key] {
            if case .string(let packed)? = entry["auth"], let bytes = Base64.decode(packed),
                let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
            {
                members.append(.init("username", .string(String(decoding: bytes[..<colon], as: UTF8.self))))
                members.append(.init("password", .string(String(decoding: bytes[(colon + 1)...], as: UTF8.self))))
            }
            if case .string(let token)? = entry["identitytoken"], !token.isEmpty {
                members.append(.init("identitytoken", .string(token)))
            }
            if case .string(let token)? = entry["registrytoken"], !token.isEmpty {
                members.append(.init("registrytoken", .string(token)))
            }
            members.append(.init("serveraddress", .string(key)))
        }
        let text = (try? JSONText.encode(JSONValue.object(members))) ?? Array("{}".utf8)
        return String(Base64.encode(text).map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }

    /// Notes credentials.
    ///
    /// - Parameter identityToken: stands for the password where the registry gave one.
    /// - Throws: where a helper keeps the credentials, which is not built, or the file cannot be written.
    public mutating func set(
        _ registry: String, username: String, password: String, identityToken: String
    ) throws(ClientError) {
        try refuseHelper(registry)
        let secret = identityToken.isEmpty ? password : ""
        var entry = [JSONValue.Member("auth", .string(Base64.encode(Array("\(username):\(secret)".utf8))))]
        if !identityToken.isEmpty { entry.append(.init("identitytoken", .string(identityToken))) }
        try change(registry, to: .object(entry))
    }

    /// Forgets credentials.
    ///
    /// - Returns: whether there were any.
    public mutating func remove(_ registry: String) throws(ClientError) -> Bool {
        try refuseHelper(registry)
        guard document["auths"]?[Self.key(of: registry)] != nil else { return false }
        try change(registry, to: nil)
        return true
    }

    private func refuseHelper(_ registry: String) throws(ClientError) {
        guard let helper = helper(of: registry) else { return }
        throw .local(
            "credentials of \(registry) are kept by docker-credential-\(helper), and asking such programs is not built: "
                + "use docker login, or take credsStore and credHelpers out of \(path)")
    }

    private mutating func change(_ registry: String, to entry: JSONValue?) throws(ClientError) {
        func members(_ value: JSONValue?) -> [JSONValue.Member] {
            if case .object(let members)? = value { members } else { [] }
        }
        let key = Self.key(of: registry)
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
