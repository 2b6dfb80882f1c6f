/// Where a registry is to be asked.
struct RegistryEndpoint: Hashable, Sendable {
    /// Its base, without `/v2/`.
    let base: RegistryURL
    /// Whether its certificate is taken as it is.
    let skipsVerification: Bool
    /// Whether it is a mirror: it is never given credentials.
    let isMirror: Bool

    /// The URL of a path below `/v2/`.
    func url(_ path: String) -> RegistryURL {
        var url = base
        url.target = (base.target.hasSuffix("/") ? String(base.target.dropLast()) : base.target) + "/v2/" + path
        return url
    }

    /// The endpoints of a registry by its name in images' names, in the order to try: Docker Hub's mirrors, then TLS,
    /// then, where the configuration allows it, plain HTTP.
    ///
    /// - Parameter pulls: whether it is for pulling; mirrors are read only.
    static func all(
        for host: String, pulls: Bool, _ configuration: RegistryConfiguration
    ) -> [RegistryEndpoint] {
        func endpoint(_ scheme: String, _ host: String, _ insecure: Bool) -> RegistryEndpoint {
            RegistryEndpoint(
                base: RegistryURL(scheme: scheme, authority: host, target: "/"), skipsVerification: insecure,
                isMirror: false)
        }
        guard host == "docker.io" else {
            let insecure = configuration.isInsecure(host)
            return [endpoint("https", host, insecure)] + (insecure ? [endpoint("http", host, true)] : [])
        }
        let mirrors = (pulls ? configuration.mirrors : []).compactMap { RegistryURL($0) }.map { url in
            RegistryEndpoint(
                base: url, skipsVerification: configuration.isInsecure(url.authority), isMirror: true)
        }
        return mirrors + [endpoint("https", "registry-1.docker.io", false)]
    }
}
