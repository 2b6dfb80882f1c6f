import ContainerNetworking
import CrashPoints
import EngineAPI
import Logging
import SystemCalls

extension Engine {
    /// A network was being connected to a running container, or disconnected, when the engine ended. By now the record
    /// says which endpoints it has; routes, ports and name files follow.
    func rewire(_ container: Container) async {
        let record = container.record
        if let sandbox = record.sandbox {
            do {
                try await network.mend(sandboxPath: sandbox)
                let endpoints = try await balanced(record.endpoints, of: record)
                container.update { $0.endpoints = endpoints }
                try await mendNameFiles(of: container.record)
            } catch {
                logger.warning(
                    "a container's networks were being changed when the engine ended, and not all is settled",
                    metadata: ["container": "\(record.shortID)", "error": "\(error)"])
            }
        }
        container.update { $0.isRewiring = nil }
        await saveOrLog(container)
        CrashPoint.recoverRewired.reached()
    }

    /// Brings `/etc/hosts` and `/etc/resolv.conf` of a running container to its endpoints. What the user wrote stays.
    private func mendNameFiles(of record: ContainerRecord) async throws {
        let (hosts, resolv) = (record.hostsPath(in: paths), record.resolvConfPath(in: paths))
        let own = record.endpoints.flatMap { NameFiles.ownLines(record, $0) }
        let name = NameFiles.ownName(record.config.hostname, record.config.domainname)
        let wanted = resolvConf(of: record)
        // Its first network with names came, or its last one went.
        let other = resolvConf(of: record, isInternal: !record.endpoints.contains(where: isNamed))
        try await BlockingWork.run {
            let text = try FileSystem.readText(hosts)
            let mended = NameFiles.mending(text, own: own, name: name)
            if mended != text { try FileSystem.writeInPlace(hosts, mended) }
            if !record.endpoints.isEmpty, try FileSystem.readText(resolv) == other {
                try FileSystem.writeInPlace(resolv, wanted)
            }
        }
    }
}
