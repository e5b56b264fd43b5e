internal import Campaigns
internal import Glibc
internal import JSON
internal import Synchronization

/// Standard output for results, standard error for everything else.
enum Console {
    /// Prints a line of a result. That it could not be written is told by ``requireAllPrinted()``.
    static func print(_ text: String) {
        if !writeAll(Array((text + "\n").utf8), to: STDOUT_FILENO) { lost.store(errno, ordering: .relaxed) }
    }

    /// Why something could not be printed, as `errno` has it; 0 where all was.
    private static let lost = Atomic<Int32>(0)

    /// - Throws: a ``Problem`` if anything that was to be printed could not be, as on a disk that is full.
    static func requireAllPrinted() throws(Problem) {
        let code = lost.exchange(0, ordering: .relaxed)
        if code != 0 { throw Problem.unwritable("standard output", code) }
    }

    /// A JSON value in one line.
    static func json(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    /// Prints one JSON value.
    static func printJSON(_ value: some Encodable) throws {
        print(String(decoding: try JSONEncoder(isPretty: true).encode(value), as: UTF8.self))
    }

    /// Tells a person something that is no result.
    static func tell(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    static func write(_ text: String, to descriptor: Int32) { _ = writeAll(Array(text.utf8), to: descriptor) }

    /// Writes all bytes; returns whether that was possible, with the reason in `errno` if not.
    static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var rest = bytes
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
            return true
        }
    }
}
