public import EngineAPI

extension SpecificationBuilder {
    /// Looks through what a request asks for, before anything is made: all that can be judged without the container's
    /// root file system and the machine's devices.
    ///
    /// - Throws: `RuntimeError` of kind `invalid`, in Docker's words, for what no start could bring up.
    public static func check(_ host: HostConfig) throws(RuntimeError) {
        _ = try SecurityOptions(host.securityOpt ?? [])
        _ = try Capabilities.resolve(add: host.capAdd ?? [], drop: host.capDrop ?? [], privileged: host.privileged)
        _ = try ContainerMounts.temporary(host)
        for ulimit in host.ulimits ?? [] { _ = try ProcessLimits.current.resolve(ulimit) }
        for rule in host.deviceCgroupRules ?? [] { _ = try DeviceRule.parse(rule) }
        for device in host.devices ?? [] where !device.cgroupPermissions.allSatisfy("rwm".contains) {
            throw RuntimeError("invalid device mode: \(device.cgroupPermissions)", kind: .invalid)
        }
        for name in (host.sysctls ?? [:]).keys where name.contains("..") || name.split(separator: ".").count < 2 {
            throw RuntimeError("sysctl '\(name)' is not allowed", kind: .invalid)
        }
    }
}
