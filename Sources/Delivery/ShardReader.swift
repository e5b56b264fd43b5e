package import Campaigns
internal import JSON

/// Reads a shard's lines as they are needed.
package struct ShardReader {
    package struct Entry: Sendable {
        /// Place in the shard, counted from 0.
        package var index: Int
        package var recipient: PlannedRecipient
    }

    private static let maximumLineBytes = 2 << 20
    private let key: String
    private let stream: ByteStream
    private let decoder = JSONDecoder(limits: .init(bytes: maximumLineBytes))
    private var buffer: [UInt8] = []
    private var position = 0
    private var index: Int
    private var toSkip: Int
    private var isAtEnd = false

    /// - Parameter count: recipients to pass over without decoding them.
    package init(_ key: String, in library: any CampaignLibrary, skipping count: Int) async throws {
        self.key = key
        stream = try await library.open(key)
        toSkip = count
        index = count
    }

    /// Passes over further recipients without decoding them.
    mutating func skip(_ count: Int) {
        toSkip += count
        index += count
    }

    /// Up to `count` further recipients; none at the end.
    package mutating func next(_ count: Int) async throws -> [Entry] {
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        while entries.count < count, let line = try await nextLine() {
            if toSkip > 0 {
                toSkip -= 1
                continue
            }
            do {
                entries.append(
                    Entry(index: index, recipient: try decoder.decode(PlannedRecipient.self, from: line)))
            } catch {
                throw Problem(
                    .invalidInput, file: key, line: index + 1, key: error.path,
                    "the shard is damaged: \(error.message)",
                    remedy: "Restore the object's original version; plans are never edited")
            }
            index += 1
        }
        return entries
    }

    private mutating func nextLine() async throws -> [UInt8]? {
        while true {
            if let end = buffer[position...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { position = end + 1 }
                return Array(buffer[position..<end])
            }
            guard !isAtEnd, buffer.count - position <= Self.maximumLineBytes else {
                guard position == buffer.count else {
                    throw Problem(
                        .invalidInput, file: key, line: index + 1, "the shard is cut off",
                        remedy: "Restore the object's original version; plans are never edited")
                }
                return nil
            }
            buffer.removeSubrange(..<position)
            position = 0
            if let piece = try await stream.next() { buffer += piece } else { isAtEnd = true }
        }
    }
}
