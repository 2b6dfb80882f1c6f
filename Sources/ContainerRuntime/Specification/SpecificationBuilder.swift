import EngineAPI

/// Writes a container's `config.json`, the OCI runtime specification's description of a container, as Docker does.
public enum SpecificationBuilder {
    /// The bytes of `config.json`. Reads the user's name from the root file system, devices that are named and the
    /// init program from the machine; all else comes from `input`, but for the seccomp filter that an earlier container
    /// with the same rules has left.
    ///
    /// - Throws: `RuntimeError` of kind `invalid`, in Docker's words, for what cannot be.
    public static func make(_ input: SpecificationInput) throws(RuntimeError) -> [UInt8] {
        guard !input.args.isEmpty else { throw RuntimeError("no command specified", kind: .invalid) }
        let host = input.hostConfig
        let security = try SecurityOptions(host.securityOpt ?? [])
        var input = input
        if host.useInit == true {
            input.bindMounts.append(
                BindMount(source: try InitProgram.find(), destination: InitProgram.destination, readOnly: true))
            input.args = [InitProgram.destination, "--"] + input.args
        }
        let process = try ProcessSpecification(input, security)
        let mounts = try ContainerMounts.make(input)
        let linux = try LinuxSpecification(input, security, capabilities: process.capabilities)

        var writer = JSONWriter(capacity: 24576)
        writer.object { writer in
            writer.member("ociVersion", "1.0.2")
            writer.key("process")
            process.write(to: &writer)
            writer.member("root") { writer in
                writer.member("path", input.rootfs)
                if host.readonlyRootfs { writer.member("readonly", true) }
            }
            if host.utsMode != "host" { writer.member("hostname", input.hostname) }
            writer.key("mounts")
            writer.array(mounts) { $1.write(to: &$0) }
            writer.key("linux")
            linux.write(to: &writer)
            if let rules = linux.seccomp,
                let filter = input.seccompFilters?.filter(for: rules, container: input.containerID)
            {
                writer.member("annotations") { $0.member(SeccompFilters.annotation, filter) }
            }
        }
        return writer.bytes
    }
}
