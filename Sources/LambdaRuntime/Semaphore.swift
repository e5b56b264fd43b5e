import Glibc

/// A counter that threads, and signal handlers, raise and threads wait for. The corresponding C type is `sem_t`.
// The pointer never changes, and what it points to is made for use by several threads at once.
final class Semaphore: @unchecked Sendable {
    private let pointer: UnsafeMutablePointer<sem_t>

    init() {
        pointer = .allocate(capacity: 1)
        sem_init(pointer, 0, 0)
    }

    deinit {
        sem_destroy(pointer)
        pointer.deallocate()
    }

    /// `sem_post`.
    func signal() { sem_post(pointer) }

    /// `sem_wait`, over interruptions.
    func wait() { while sem_wait(pointer) != 0 {} }
}
