public import EngineAPI

/// `version` and `info` as text.
public enum ServerTexts {
    /// The client's half of `version`.
    public struct ClientVersion: Sendable {
        /// The program's version.
        public var version: String
        /// The API version in use.
        public var apiVersion: String
        /// The commit it was built from; may be empty.
        public var commit: String

        /// Collects what is known of this program.
        public init(version: String, apiVersion: String, commit: String) {
            self.version = version
            self.apiVersion = apiVersion
            self.commit = commit
        }

        /// Operating system and processor in Go's words, as Docker's API writes them.
        public static var platform: (system: String, processor: String) {
            #if arch(x86_64)
                ("linux", "amd64")
            #elseif arch(arm64)
                ("linux", "arm64")
            #else
                ("linux", "unknown")
            #endif
        }

        /// As JSON, for templates.
        var value: JSONValue {
            let platform = ClientVersion.platform
            return .object([
                .init("Version", .string(version)), .init("ApiVersion", .string(apiVersion)),
                .init("DefaultAPIVersion", .string(EngineClient.newestVersion)), .init("GitCommit", .string(commit)),
                .init("Os", .string(platform.system)), .init("Arch", .string(platform.processor)),
                .init("Context", .string("default")),
            ])
        }
    }

    /// Client and server in one object, for templates and JSON.
    public static func versionValue(client: ClientVersion, server: JSONValue?) -> JSONValue {
        .object([.init("Client", client.value), .init("Server", server ?? .null)])
    }

    /// The text of `version`; without a server, its half is left out.
    public static func version(client: ClientVersion, server: JSONValue?) -> String {
        let platform = ClientVersion.platform
        let older =
            client.apiVersion == EngineClient.newestVersion ? "" : " (downgraded from \(EngineClient.newestVersion))"
        var text = "Client:\n Version:\t\(client.version)\n API version:\t\(client.apiVersion)\(older)\n"
        if !client.commit.isEmpty { text += " Git commit:\t\(client.commit)\n" }
        text += " OS/Arch:\t\(platform.system)/\(platform.processor)\n Context:\tdefault\n"
        guard let server else { return TabWriter.align(text, minimumWidth: 20, padding: 1) }
        let name = server["Platform"]?.text("Name") ?? ""
        text += "\nServer:\(name.isEmpty ? "" : " " + name)\n"
        for component in server["Components"]?.elements ?? [] {
            let details = component["Details"] ?? .null
            text += " \(component.text("Name")):\n  Version:\t\(component.text("Version"))\n"
            guard component.text("Name") == "Engine" else {
                for (key, value) in details.pairs { text += "  \(key):\t\(value)\n" }
                continue
            }
            text += "  API version:\t\(details.text("ApiVersion")) (minimum version \(details.text("MinAPIVersion")))\n"
            for (title, key) in [("Go version", "GoVersion"), ("Git commit", "GitCommit")]
            where !details.text(key).isEmpty {
                text += "  \(title):\t\(details.text(key))\n"
            }
            let built = details.text("BuildTime")
            if !built.isEmpty { text += "  Built:\t\(LocalTime.built(built))\n" }
            text += "  OS/Arch:\t\(details.text("Os"))/\(details.text("Arch"))\n"
            text += "  Experimental:\t\(details["Experimental"]?.string ?? "false")\n"
        }
        return TabWriter.align(text, minimumWidth: 20, padding: 1)
    }

    /// The first half of `info`.
    public static func clientInfo(version: String) -> String {
        "Client:\n Version:    \(version)\n Context:    default\n Debug Mode: false\n\nServer:\n"
    }

    /// The second half of `info`, from the reply of `GET /info`. Warnings are not part of it.
    public static func serverInfo(_ info: JSONValue) -> String {
        var text = ""
        func line(_ title: String, _ value: String) { text += "\(title) \(value)\n" }
        func unlessEmpty(_ title: String, _ key: String) {
            if !info.text(key).isEmpty { line(title, info.text(key)) }
        }
        func pairs(_ key: String, indent: String) {
            for pair in info[key]?.elements ?? [] where pair.strings.count == 2 {
                text += "\(indent)\(pair.strings[0]): \(pair.strings[1])\n"
            }
        }
        line(" Containers:", String(info.number("Containers")))
        line("  Running:", String(info.number("ContainersRunning")))
        line("  Paused:", String(info.number("ContainersPaused")))
        line("  Stopped:", String(info.number("ContainersStopped")))
        line(" Images:", String(info.number("Images")))
        unlessEmpty(" Server Version:", "ServerVersion")
        unlessEmpty(" Storage Driver:", "Driver")
        pairs("DriverStatus", indent: "  ")
        unlessEmpty(" Logging Driver:", "LoggingDriver")
        unlessEmpty(" Cgroup Driver:", "CgroupDriver")
        unlessEmpty(" Cgroup Version:", "CgroupVersion")
        let plugins = info["Plugins"] ?? .null
        text += " Plugins:\n"
        for kind in ["Volume", "Network", "Authorization", "Log"] {
            let names = plugins[kind]?.strings ?? []
            if kind == "Authorization", names.isEmpty { continue }
            line("  \(kind):", names.joined(separator: " "))
        }
        let deviceFolders = info["CDISpecDirs"]?.strings ?? []
        if !deviceFolders.isEmpty {
            text += " CDI spec directories:\n" + deviceFolders.map { "  \($0)\n" }.joined()
        }
        line(" Swarm:", info["Swarm"]?.text("LocalNodeState") ?? "inactive")
        let runtimes = info["Runtimes"]?.members.map(\.name) ?? []
        if !runtimes.isEmpty {
            line(" Runtimes:", runtimes.joined(separator: " "))
            line(" Default Runtime:", info.text("DefaultRuntime"))
        }
        line(" Init Binary:", info.text("InitBinary"))
        line(" containerd version:", info["ContainerdCommit"]?.text("ID") ?? "")
        line(" runc version:", info["RuncCommit"]?.text("ID") ?? "")
        line(" init version:", info["InitCommit"]?.text("ID") ?? "")
        securityOptions(info["SecurityOptions"]?.strings ?? [], &text)
        for (title, key) in [
            (" Kernel Version:", "KernelVersion"), (" Operating System:", "OperatingSystem"), (" OSType:", "OSType"),
            (" Architecture:", "Architecture"),
        ] { unlessEmpty(title, key) }
        line(" CPUs:", String(info.number("NCPU")))
        line(" Total Memory:", HumanUnits.binarySize(info.number("MemTotal")))
        unlessEmpty(" Name:", "Name")
        unlessEmpty(" ID:", "ID")
        line(" Docker Root Dir:", info.text("DockerRootDir"))
        line(" Debug Mode:", String(info.flag("Debug")))
        if info.flag("Debug") {
            line("  File Descriptors:", String(info.number("NFd")))
            line("  Goroutines:", String(info.number("NGoroutines")))
            line("  System Time:", info.text("SystemTime"))
            line("  EventsListeners:", String(info.number("NEventsListener")))
        }
        unlessEmpty(" HTTP Proxy:", "HttpProxy")
        unlessEmpty(" HTTPS Proxy:", "HttpsProxy")
        unlessEmpty(" No Proxy:", "NoProxy")
        let labels = info["Labels"]?.strings ?? []
        if !labels.isEmpty { text += " Labels:\n" + labels.map { "  \($0)\n" }.joined() }
        line(" Experimental:", String(info.flag("ExperimentalBuild")))
        let insecure = info["RegistryConfig"]?["InsecureRegistryCIDRs"]?.strings ?? []
        if !insecure.isEmpty { text += " Insecure Registries:\n" + insecure.map { "  \($0)\n" }.joined() }
        line(" Live Restore Enabled:", String(info.flag("LiveRestoreEnabled")))
        let pools = info["DefaultAddressPools"]?.elements ?? []
        if !pools.isEmpty {
            text += " Default Address Pools:\n"
            for pool in pools { text += "   Base: \(pool.text("Base")), Size: \(pool.number("Size"))\n" }
        }
        if let firewall = info["FirewallBackend"], !firewall.text("Driver").isEmpty {
            line(" Firewall Backend:", firewall.text("Driver"))
        }
        return text + "\n"
    }

    /// `name=seccomp,profile=builtin` over two lines each.
    private static func securityOptions(_ options: [String], _ text: inout String) {
        if options.isEmpty { return }
        text += " Security Options:\n"
        for option in options {
            for part in option.split(separator: ",") {
                if part.hasPrefix("name=") { text += "  \(part.dropFirst(5))\n" }
                if part.hasPrefix("profile=") { text += "   Profile: \(part.dropFirst(8))\n" }
                if !part.contains("=") { text += "  \(part)\n" }
            }
        }
    }
}
