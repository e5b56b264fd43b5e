import Glibc

/// Receives SIGTERM: a signal handler posts a semaphore, and a thread of its own waits for that.
///
/// The handler may do next to nothing, and sem_post(3) is among the few functions it may call. To block the signal and
/// wait with sigwait(3) would demand that no thread ever unblocks it: in a program with an async `main` the main thread
/// does, as it sleeps in libdispatch's sigsuspend(2) with an empty mask, and the process ends.
package struct TerminationSignal: Sendable {
    /// From now on SIGTERM no longer ends the process by itself.
    package init() {
        // Made now: the handler must not be the first to touch it.
        _ = arrival
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in arrival.signal() }
        action.sa_flags = Int32(SA_RESTART)
        sigaction(SIGTERM, &action, nil)
        // Whoever started this process may have left it blocked.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// Calls `action` once, on another thread, when SIGTERM arrives or if it has arrived already.
    func whenDelivered(_ action: @escaping @Sendable () -> Void) {
        let context = Unmanaged.passRetained(Action(action))
        var thread = pthread_t()
        guard pthread_create(&thread, nil, waitForArrival, context.toOpaque()) == 0 else {
            // Nobody would wait: SIGTERM should end the process as it does by default.
            context.release()
            signal(SIGTERM, SIG_DFL)
            return
        }
        pthread_detach(thread)
    }
}

/// Counts the SIGTERMs that have arrived and are not yet waited for.
private let arrival = Semaphore()

private final class Action: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func waitForArrival(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let action = Unmanaged<Action>.fromOpaque(context).takeRetainedValue()
    arrival.wait()
    action.run()
    return nil
}
