import Logging
import Synchronization
import SystemCalls

/// What a resolver's thread is told from outside.
enum ResolverCommand: Sendable {
    /// Answer this sandbox's questions.
    case open(Sandbox)
    /// Drop the sandbox and all that is on its way for it.
    case close(Sandbox)
    /// End.
    case stop
}

/// The way to a resolver's thread.
final class ResolverMailbox: Sendable {
    private let commands = Mutex<[ResolverCommand]>([])
    let wakeUp: WakeUp

    init() throws(SystemCallError) { wakeUp = try WakeUp() }

    /// Leaves a command and wakes the thread.
    func post(_ command: ResolverCommand) {
        commands.withLock { $0.append(command) }
        wakeUp.raise()
    }

    /// Takes all commands, in order.
    func take() -> [ResolverCommand] {
        wakeUp.clear()
        return commands.withLock { commands in
            defer { commands = [] }
            return commands
        }
    }
}

/// What a resolver's thread begins with.
struct ResolverStart: Sendable {
    let mailbox: ResolverMailbox
    let configuration: NameServiceConfiguration
    let hostServers: HostServers
    let hostNamespace: NetworkNamespace
    let followsHostFile: Bool
    let logger: Logger

    /// The thread's life.
    func run() {
        do { try ResolverLoop(self).run() } catch {
            logger.critical("containers get no answers for names", metadata: ["reason": "\(error)"])
        }
    }
}
