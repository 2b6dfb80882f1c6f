/// What a reply says about one small thing: a name, a container's life, a container's place on a network.
///
/// Every operation on the engine is split into steps on such registers. The replies of concurrent clients contradict
/// each other where no order of the steps explains them in which each step takes place between its request and reply.
enum Step: Hashable, Sendable {
    // A name of a container or a network.
    /// Somebody got the name: this id.
    case binds(String?)
    /// The name is free from now on.
    case unbinds
    /// The name is this id's.
    case names(String)
    /// Somebody has the name.
    case isBound
    /// Nobody has it.
    case isFree
    /// Somebody tried to get it, and did not in the end.
    case tries

    // The life of a container of this id.
    /// It has started.
    case starts
    /// It was running.
    case runs
    /// It was told to stop, and has.
    case stops
    /// It got a signal that ends it, a moment later.
    case dies
    /// It was not running.
    case idles
    /// It was removed.
    case ends
    /// It was removed without force: it was not running.
    case endsIdle
    /// It was there.
    case exists
    /// It was not there any more.
    case isGone

    // A container's place on a network.
    /// It is on the network from now on, if it was not before.
    case joins
    /// It was, and is no more.
    case leaves
    /// It was.
    case isMember
    /// It was not.
    case isNoMember
}

/// What a register holds.
enum RegisterState: Hashable, Sendable {
    /// A name that nobody has.
    case free
    /// A name that a container or network has; nil where its id is not known.
    case bound(String?)
    /// A container that does not run.
    case idle
    case running
    /// It is about to end.
    case dying
    case removed
    /// Whether a container is on a network.
    case member(Bool)

    /// What is held after a step; nil where the step is impossible.
    func after(_ step: Step) -> RegisterState? {
        if step == .tries { return self }
        return switch self {
        case .free: afterFree(step)
        case .bound(let id): Self.afterBound(id, step)
        case .idle, .running, .dying, .removed: afterLife(step)
        case .member(let isMember): Self.afterMember(isMember, step)
        }
    }

    private func afterFree(_ step: Step) -> RegisterState? {
        switch step {
        case .binds(let id): .bound(id)
        case .isFree: self
        default: nil
        }
    }

    private static func afterBound(_ id: String?, _ step: Step) -> RegisterState? {
        switch step {
        case .unbinds: .free
        case .names(let seen): id == nil || id == seen ? .bound(seen) : nil
        case .isBound: .bound(id)
        default: nil
        }
    }

    private func afterLife(_ step: Step) -> RegisterState? {
        switch (step, self) {
        case (.isGone, .removed): self
        case (_, .removed): nil
        case (.exists, _): self
        case (.ends, _): .removed
        case (.starts, .idle), (.starts, .dying): .running
        case (.runs, .running), (.runs, .dying): self
        case (.stops, .running), (.stops, .dying): .idle
        case (.dies, .running), (.dies, .dying): .dying
        case (.idles, .idle), (.idles, .dying): .idle
        case (.endsIdle, .idle), (.endsIdle, .dying): .removed
        default: nil
        }
    }

    private static func afterMember(_ isMember: Bool, _ step: Step) -> RegisterState? {
        switch (step, isMember) {
        case (.joins, _), (.isMember, true): .member(true)
        case (.leaves, true), (.isNoMember, false): .member(false)
        default: nil
        }
    }
}
