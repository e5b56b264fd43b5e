import Glibc

/// The environment variable _X_AMZN_TRACE_ID, which names the trace of the one invocation under way.
///
/// setenv(3) keeps every value it was ever given and may move the environment under a reader's feet. This gives the
/// environment one buffer for good, with putenv(3), and changes the text in it between invocations.
struct TraceVariable: ~Copyable {
    private let text: UnsafeMutablePointer<CChar>

    private static let name = "_X_AMZN_TRACE_ID"
    private static let prefix = "\(name)="
    private static let capacity = 1024

    init() {
        text = .allocate(capacity: Self.capacity)
        text.initialize(repeating: 0, count: Self.capacity)
        strcpy(text, Self.prefix)
        putenv(text)
    }

    deinit {
        unsetenv(Self.name)
        text.deallocate()
    }

    /// Names the trace; without one, or with one that cannot be a variable's value, the variable is empty.
    borrowing func set(_ traceID: String?) {
        let value = text + Self.prefix.utf8.count
        let room = Self.capacity - Self.prefix.utf8.count
        value[0] = 0
        traceID?.withCString { id in
            // A NUL within the id would cut it short.
            if strlen(id) == traceID?.utf8.count, strlen(id) < room { strcpy(value, id) }
        }
    }
}
