extension ImageConfig {
    /// The part of a container's configuration that an image keeps.
    public init(_ config: ContainerConfig) {
        self.init(
            cmd: config.cmd, entrypoint: config.entrypoint, env: config.env, exposedPorts: config.exposedPorts,
            healthcheck: config.healthcheck, labels: config.labels, onBuild: config.onBuild, shell: config.shell,
            stopSignal: config.stopSignal, user: config.user, volumes: config.volumes, workingDir: config.workingDir)
    }
}
