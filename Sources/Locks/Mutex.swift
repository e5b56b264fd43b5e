// Swift's Mutex is a futex that ThreadSanitizer knows nothing of on Linux: whatever one guards counts as a race. Builds
// for the sanitizer (`make test-tsan`) put a lock in its place that it does know; all others have Swift's own.

#if THREAD_SANITIZER
    internal import Glibc

    /// A value that only the holder of its lock can reach: as Swift's `Mutex`, over a POSIX mutex.
    // Sendable: the value is reached in `withLock` alone, under the lock.
    package struct Mutex<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
        private let lock: UnsafeMutablePointer<pthread_mutex_t>
        private let value: UnsafeMutablePointer<Value>

        package init(_ initialValue: consuming sending Value) {
            lock = .allocate(capacity: 1)
            lock.initialize(to: pthread_mutex_t())
            pthread_mutex_init(lock, nil)
            value = .allocate(capacity: 1)
            value.initialize(to: initialValue)
        }

        deinit {
            value.deinitialize(count: 1)
            value.deallocate()
            pthread_mutex_destroy(lock)
            lock.deallocate()
        }

        package borrowing func withLock<Result: ~Copyable, Failure: Error>(
            _ body: (inout sending Value) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result {
            pthread_mutex_lock(lock)
            defer { pthread_mutex_unlock(lock) }
            return try body(&value.pointee)
        }
    }
#else
    @_exported public import Synchronization
#endif
