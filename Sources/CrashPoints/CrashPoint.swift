/// A moment between two effects that outlast the daemon: on disk, in the kernel, in another process. Wherever the daemon
/// ends suddenly, the next one brings everything to what was wanted; the tests end it at each of these (`CrashTrial`).
///
/// A name says which operation it belongs to and what has just been done.
public enum CrashPoint: String, CaseIterable, Sendable {
    // MARK: Files and names of namespaces, wherever they are written

    /// A file's new content is beside it, not yet in its place.
    case fileWritten = "file/written"
    /// The file that a namespace's name is to be is there, without the namespace.
    case namespacePlaced = "namespace/placed"
    /// A namespace is no longer at its name, which is a plain file again.
    case namespaceUnmounted = "namespace/unmounted"

    // MARK: Create

    /// The container is on record, as one that is to be removed until it is whole.
    case createNoted = "create/noted"
    /// One of its volumes is there.
    case createVolumeMade = "create/volume-made"
    /// The folder of its root is there, not yet what belongs in it.
    case rootFolderMade = "create/root-folder-made"
    /// Its root is there.
    case createRootMade = "create/root-made"
    /// Its folder is there.
    case createFolderMade = "create/folder-made"
    /// What the image has is in its volumes.
    case createVolumesFilled = "create/volumes-filled"
    /// It is on record as made.
    case createSaved = "create/saved"

    // MARK: Start

    /// The root file system is mounted.
    case startRootMounted = "start/root-mounted"
    /// The network namespace is there.
    case startNamespaceMade = "start/namespace-made"
    /// All endpoints are plugged in, the ports spread over them.
    case startPlugged = "start/plugged"
    /// The ways of its links are open.
    case startLinksOpened = "start/links-opened"
    /// A `/dev/shm` that others may share is mounted.
    case startSharedMemoryMounted = "start/shared-memory-mounted"
    /// A volume's own file system is mounted.
    case startVolumeMounted = "start/volume-mounted"
    /// A part of a volume has a place of its own.
    case startSubpathBound = "start/subpath-bound"
    /// hosts, hostname and resolv.conf are written.
    case startNameFilesWritten = "start/name-files-written"
    /// The bundle is written.
    case startBundleWritten = "start/bundle-written"
    /// The bundle is linked to where sockets are looked for.
    case startBundleLinked = "start/bundle-linked"
    /// conmon runs, and makes the container.
    case startMonitorRuns = "start/monitor-runs"
    /// The container's first process waits for its start.
    case startProcessMade = "start/process-made"
    /// Its processes are noted.
    case startProcessNoted = "start/process-noted"
    /// The program runs.
    case startProgramRuns = "start/program-runs"
    /// It is on record as running.
    case startSaved = "start/saved"

    // MARK: Plugging in and out

    /// The ports are held.
    case attachPortsHeld = "attach/ports-held"
    /// The guard against forged addresses knows the endpoint.
    case attachGuarded = "attach/guarded"
    /// The interface is in the container, without an address.
    case attachInterfaceMade = "attach/interface-made"
    /// The interface is up and has its addresses and routes.
    case attachInterfaceUp = "attach/interface-up"
    /// The resolver listens in the container.
    case attachResolverOpen = "attach/resolver-open"
    /// 127.0.0.11:53 leads to the resolver.
    case attachResolverLed = "attach/resolver-led"
    /// The rules of the ports hold.
    case attachPortsLed = "attach/ports-led"
    /// 127.0.0.1 leads to the ports.
    case attachLoopbackLed = "attach/loopback-led"
    /// The default routes lead by other networks.
    case detachRoutesMoved = "detach/routes-moved"
    /// The interface is out.
    case detachUnplugged = "detach/unplugged"
    /// The guard has forgotten the endpoint.
    case detachUnguarded = "detach/unguarded"
    /// The rules of ports that are nobody's any more are gone.
    case detachPortsWithdrawn = "detach/ports-withdrawn"

    // MARK: The end of a run

    /// How it ended is on record.
    case exitNoted = "exit/noted"
    /// It is plugged out, its namespace without a name.
    case exitUnplugged = "exit/unplugged"
    /// Its control groups are gone.
    case exitGroupsRemoved = "exit/groups-removed"
    /// The runtime has forgotten it.
    case exitForgotten = "exit/forgotten"
    /// Its root file system is unmounted.
    case exitRootUnmounted = "exit/root-unmounted"
    /// Its bundle is gone.
    case exitBundleRemoved = "exit/bundle-removed"
    /// Its volumes are given back.
    case exitVolumesReleased = "exit/volumes-released"
    /// It is on record as ended.
    case exitSaved = "exit/saved"

    // MARK: Stop, pause

    /// The wish is on record.
    case stopNoted = "stop/noted"
    /// The process has its signal.
    case stopSignalled = "stop/signalled"
    /// The processes are frozen.
    case pauseFrozen = "pause/frozen"
    /// The processes go on.
    case unpauseThawed = "unpause/thawed"

    // MARK: Remove

    /// It is on record that the running container is to end and go.
    case removeByForceNoted = "remove/by-force-noted"
    /// It is on record that the container goes.
    case removeNoted = "remove/noted"
    /// Its root has left its place.
    case removeRootMoved = "remove/root-moved"
    /// Its root is gone.
    case removeRootGone = "remove/root-gone"
    /// Its folder is gone.
    case removeFolderGone = "remove/folder-gone"
    /// Its volumes are let go.
    case removeVolumesReleased = "remove/volumes-released"
    /// It is off the record.
    case removeForgotten = "remove/forgotten"

    // MARK: Connect and disconnect while a container runs

    /// It is on record that the container's wiring changes.
    case connectNoted = "connect/noted"
    /// The endpoint is plugged in.
    case connectPlugged = "connect/plugged"
    /// The ports are where the default routes are.
    case connectPortsMoved = "connect/ports-moved"
    /// hosts and resolv.conf are as they are to be.
    case connectNameFilesWritten = "connect/name-files-written"
    /// It is on record.
    case connectSaved = "connect/saved"
    /// It is on record that the endpoint goes.
    case disconnectNoted = "disconnect/noted"
    /// The endpoint is plugged out.
    case disconnectUnplugged = "disconnect/unplugged"
    /// The ports are where the default routes are.
    case disconnectPortsMoved = "disconnect/ports-moved"
    /// hosts is as it is to be.
    case disconnectNameFilesWritten = "disconnect/name-files-written"
    /// The change of the wiring is over, by the record.
    case disconnectSaved = "disconnect/saved"

    // MARK: Networks

    /// One step of a plan is done: a device made, an address given, a parameter set.
    case planStepDone = "plan/step-done"
    /// Which rules of shared chains are ours is noted, before they are made.
    case firewallNoted = "firewall/noted"
    /// The rules of one family hold.
    case firewallFamilyDone = "firewall/family-done"
    /// The network is there, not on record.
    case networkMade = "network/made"
    /// The network is on record.
    case networkSaved = "network/saved"
    /// Its rules are gone.
    case networkRulesGone = "network/rules-gone"
    /// It is gone, not off the record.
    case networkUnmade = "network/unmade"
    /// It is off the record.
    case networkForgotten = "network/forgotten"

    // MARK: Volumes

    /// The volume is on record, its folder not made.
    case volumeNoted = "volume/noted"
    /// Its folder is there.
    case volumeMade = "volume/made"
    /// It is on record that the volume goes.
    case volumeRemovalNoted = "volume/removal-noted"
    /// Its files are gone.
    case volumeFilesGone = "volume/files-gone"
    /// It is off the record.
    case volumeForgotten = "volume/forgotten"

    // MARK: Images

    /// The client's archive is on disk.
    case imageReceived = "image/received"
    /// The archive's files are spread out.
    case imageSpread = "image/spread"
    /// A layer's blob has come from the registry.
    case imageBlobFetched = "image/blob-fetched"
    /// A layer is unpacked, not yet in its place.
    case imageLayerStaged = "image/layer-staged"
    /// A layer is in its place; nothing names it.
    case imageLayerPlaced = "image/layer-placed"
    /// An image's configuration is in its place; nothing names it.
    case imageConfigPlaced = "image/config-placed"
    /// The index names what is new, and no longer what is to go.
    case imageIndexReplaced = "image/index-replaced"
    /// Something that nothing names has left its place.
    case imageMovedAway = "image/moved-away"

    // MARK: The start of the daemon

    /// The folder that is to be bound onto itself is noted.
    case recoverFolderNoted = "recover/folder-noted"
    /// The folder is bound onto itself, and not shared.
    case recoverFolderBound = "recover/folder-bound"
    /// Devices and rules are as they are to be.
    case recoverPlanned = "recover/planned"
    /// Cables and namespaces that nobody uses are gone.
    case recoverSwept = "recover/swept"
    /// The networks are up.
    case recoverNetworksUp = "recover/networks-up"
    /// Volumes that were half made or half removed are whole or gone.
    case recoverVolumesSettled = "recover/volumes-settled"
    /// A run that is on no record is ended and cleaned up.
    case recoverStrayEnded = "recover/stray-ended"
    /// A change of a running container's wiring that was cut short is settled.
    case recoverRewired = "recover/rewired"
    /// A container that ended, or was half made or half removed, is settled.
    case recoverSettled = "recover/settled"

    /// The daemon is here. In a release build this is nothing at all.
    @inlinable public func reached() {
        #if DEBUG
            CrashTrial.current?.reached(self)
        #endif
    }
}
