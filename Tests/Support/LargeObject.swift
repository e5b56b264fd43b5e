import Foundation

/// How large the objects are that tests read in constant memory.
package enum LargeObject {
    private static let requested = ProcessInfo.processInfo.environment["JADA_BLAST_TEST_LARGE_MB"].flatMap(
        Int.init)

    /// Whether somebody asked for a size: then figures are printed, and tests run that are slow even with little.
    package static let isRequested = requested != nil
    package static let bytes = (requested ?? 256) << 20

    /// What AddressSanitizer may take besides: it keeps freed memory for a while, to see whether it is used.
    package static let sanitizerBytes = sanitizerOptions["ASAN_OPTIONS"] == nil ? 0 : 64 << 20

    package static func report(_ what: String, bytes: Int, memory: Int) {
        guard isRequested else { return }
        print("\(what): \(bytes >> 20) MB, \(memory >> 20) MB of memory more than before")
    }

    /// Bytes of memory that this process holds now (/proc/self/statm).
    package static func residentBytes() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return 0 }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
