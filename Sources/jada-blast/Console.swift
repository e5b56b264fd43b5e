internal import Glibc
internal import JSON

/// Standard output for results, standard error for everything else.
enum Console {
    static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// Prints one JSON value.
    static func printJSON(_ value: some Encodable) throws {
        print(String(decoding: try JSONEncoder(isPretty: true).encode(value), as: UTF8.self))
    }

    /// Tells a person something that is no result.
    static func tell(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
        }
    }
}
