import Glibc

/// The environment variable _X_AMZN_TRACE_ID, which names the trace of the one invocation under way.
///
/// setenv(3) keeps every value it was ever given and may move the environment under a reader's feet. This gives the
/// environment one buffer for good, with putenv(3), and changes the text in it between invocations.
struct TraceVariable: ~Copyable {
    private let text: UnsafeMutablePointer<CChar>

    private static let name = "_X_AMZN_TRACE_ID"
    private static let capacity = 1024

    init() {
        text = .allocate(capacity: Self.capacity)
        text.initialize(repeating: 0, count: Self.capacity)
        set(nil)
        putenv(text)
    }

    deinit {
        unsetenv(Self.name)
        text.deallocate()
    }

    /// Names the trace; without one, or with one that cannot be a variable's value, the variable is empty.
    borrowing func set(_ traceID: String?) {
        let room = Self.capacity - Self.name.utf8.count - 2
        let value = traceID.flatMap { $0.utf8.count <= room && !$0.utf8.contains(0) ? $0 : nil } ?? ""
        var end = 0
        for byte in "\(Self.name)=\(value)".utf8 {
            text[end] = CChar(bitPattern: byte)
            end += 1
        }
        text[end] = 0
    }
}
