import EngineAPI

/// Joins what a client asks for with what its image says, by Docker's rules. Pure.
enum ImageDefaults {
    /// The configuration in force.
    ///
    /// * Command and entrypoint: a client's entrypoint silences the image's command; a client's command alone keeps the
    ///   image's entrypoint.
    /// * Environment: the image's variables, then the client's; a variable of both has the client's value.
    /// * Health check: the client's, and what it leaves open is the image's.
    /// * Labels, exposed ports and volumes: both, the client's first choice.
    static func merge(_ wanted: ContainerConfig, image: ContainerConfig) -> ContainerConfig {
        var merged = wanted
        if let entrypoint = wanted.entrypoint, !entrypoint.isEmpty {
            // `--entrypoint ""` arrives as one empty word and clears the image's.
            if entrypoint == [""] { merged.entrypoint = nil }
            if (wanted.cmd ?? []).isEmpty, entrypoint == [""] { merged.cmd = image.cmd }
        } else {
            merged.entrypoint = image.entrypoint
            if (wanted.cmd ?? []).isEmpty { merged.cmd = image.cmd }
        }
        if wanted.user.isEmpty { merged.user = image.user }
        if wanted.workingDir.isEmpty { merged.workingDir = image.workingDir }
        if wanted.stopSignal ?? "" == "" { merged.stopSignal = image.stopSignal }
        merged.healthcheck = HealthCheck.merge(wanted.healthcheck, image: image.healthcheck)
        if wanted.shell == nil { merged.shell = image.shell }
        if wanted.onBuild == nil { merged.onBuild = image.onBuild }
        merged.env = environment(image: image.env ?? [], wanted: wanted.env ?? [])
        merged.labels = (image.labels ?? [:]).merging(wanted.labels ?? [:]) { $1 }
        let ports = (image.exposedPorts ?? [:]).merging(wanted.exposedPorts ?? [:]) { $1 }
        merged.exposedPorts = ports.isEmpty ? nil : ports
        let volumes = (image.volumes ?? [:]).merging(wanted.volumes ?? [:]) { $1 }
        merged.volumes = volumes.isEmpty ? nil : volumes
        return merged
    }

    /// The image's variables that the client does not name, after the client's own.
    private static func environment(image: [String], wanted: [String]) -> [String] {
        func name(_ variable: String) -> Substring { variable.prefix { $0 != "=" } }
        let named = Set(wanted.map(name))
        return wanted + image.filter { !named.contains(name($0)) }
    }
}
