import Firewall
import IPAddressing
import Logging
import NFTables
import RouteNetlink
import SystemCalls

extension NetworkController {
    /// Watches the host's network from now on: what others change of the engine's own is brought back, or told only.
    /// What they changed since the start-up's look is so when this returns.
    ///
    /// - Parameters:
    ///   - mode: which of the two.
    ///   - tell: is told of every incident, in order.
    /// - Throws: where the kernel has no notifications to offer.
    public func watch(
        _ mode: NetworkRepairMode, tell: @escaping @Sendable (NetworkIncident) -> Void
    ) async throws(NetworkError) {
        guard let driver, watching.tasks.isEmpty else { return }
        let watch: NetworkWatch
        do { watch = try NetworkWatch(host, driver.host) } catch {
            throw .wrap("cannot watch the host's network", error)
        }
        watching.mode = mode
        watching.tell = tell
        if configuration.iptables {
            if !watch.hearsRules {
                logger.warning("this kernel does not tell of changes to firewall rules; flushed rules stay away")
            } else if let backend = firewall as? IPTablesBackend, backend.areProgramsLegacy {
                logger.warning(
                    "iptables-legacy is in use, and the kernel tells nobody of its rules: flushed, they come back late",
                    metadata: ["remedy": "update-alternatives --config iptables, or causeway repair NETWORK"])
            }
        }
        watching.tasks.append(
            Task { [weak self, logger] in
                do {
                    while !Task.isCancelled {
                        let heard = try await watch.devices()
                        await self?.hear(heard)
                    }
                } catch { logger.error("devices are watched no more", metadata: ["error": "\(error)"]) }
            })
        if watch.hearsRules { hearRules(watch) }
        watching.heard.concernsAll = true
        watching.heard.concernsDevices = true
        watching.heard.concernsRules = true
        watching.heard.add("changed while the daemon started", by: nil)
        startMending()
        await watching.mending?.value
    }

    private func hearRules(_ watch: NetworkWatch) {
        watching.tasks.append(
            Task { [weak self, logger] in
                do {
                    while !Task.isCancelled {
                        let heard = try await watch.rulesets()
                        await self?.hear(heard)
                    }
                } catch { logger.error("rules are watched no more", metadata: ["error": "\(error)"]) }
            })
    }

    /// Changes how incidents are answered, for a reload of the options.
    public func setRepairMode(_ mode: NetworkRepairMode) {
        watching.mode = mode
        watching.lastLeft = []
    }

    // MARK: Hearing

    func hear(_ heard: NetworkWatch.Heard<NetworkWatch.DeviceNews>) {
        let own = [driver?.host.port, driver?.janitor.port]
        for news in heard.news where news.port == 0 || !own.contains(news.port) {
            if let family = news.forwardingOff {
                guard configuration.ipForward, records.contains(where: { $0.needsForwarding(family) }) else { continue }
                let name = family == .v4 ? "IPv4" : "IPv6"
                watching.heard.add("\(name) forwarding was switched off", by: news.culprit)
            } else {
                guard let change = news.change, let watched = watchedDevice(news.device),
                    let text = watched.device.deviation(of: news.device, after: change)
                else { continue }
                watching.heard.add(text, by: news.culprit, network: watched.network)
                watching.heard.devices.insert(news.device)
            }
            watching.heard.concernsDevices = true
        }
        if heard.wasLost {
            watching.heard.add("more changes came than could be told", by: nil)
            watching.heard.concernsAll = true
            watching.heard.concernsDevices = true
        }
        startMending()
    }

    func hear(_ heard: NetworkWatch.Heard<RulesetNews>) async {
        for news in heard.news {
            if firewall.hearFirewalld(news) { startTellingFirewalld(Culprit(pid: news.pid, program: news.program)) }
            let isGuardTouched = spoofingGuard?.isMeddling(news) ?? false
            let isBackendTouched = await firewall.isMeddling(news)
            guard isGuardTouched || isBackendTouched else { continue }
            let (gone, touched) = (news.remade.sorted(), news.tables.subtracting(news.remade).sorted())
            let culprit = Culprit(pid: news.pid, program: news.program)
            if !gone.isEmpty {
                watching.heard.add(
                    "\(gone.count == 1 ? "the table" : "the tables") \(gone.joined(separator: ", ")) "
                        + "\(gone.count == 1 ? "was" : "were") deleted or made anew", by: culprit)
            }
            if !touched.isEmpty {
                watching.heard.add("rules of \(touched.joined(separator: ", ")) were changed", by: culprit)
            }
            watching.heard.concernsRules = true
        }
        if heard.wasLost {
            watching.heard.add("more changes came than could be told", by: nil)
            watching.heard.concernsRules = true
        }
        startMending()
    }

    /// What a device is to the engine; nil for everybody else's.
    private func watchedDevice(_ name: String) -> (device: WatchedDevice, network: String)? {
        if let endpoint = plugged.withInterface(name) {
            guard let bridge = records.first(where: { $0.id == endpoint.networkID })?.bridgeName else { return nil }
            let container = String(endpoint.containerID.prefix(12))
            return (.port(bridge: bridge, container: container), endpoint.networkID)
        }
        for record in records where record.bridgeName == name || record.vlanParent == name {
            let wanted = NetworkModel(configuration: configuration, networks: [record], endpoints: []).desired()
            if let bridge = wanted.bridges[name] { return (.bridge(bridge), record.id) }
            if wanted.parents[name] != nil { return (.parent, record.id) }
        }
        return nil
    }
}

extension NetworkRecord {
    /// Whether the host is to forward a family for it.
    fileprivate func needsForwarding(_ family: IPFamily) -> Bool {
        driver == "bridge" && !isConfigOnly && (family == .v4 ? enableIPv4 : enableIPv6)
    }
}
