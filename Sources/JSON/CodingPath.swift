/// The way from the root to a value, one list node a step so that a step costs the same at any depth.
indirect enum CodingPath {
    case root
    case child(of: CodingPath, any CodingKey)

    func appending(_ key: some CodingKey) -> CodingPath { .child(of: self, key) }

    var keys: [any CodingKey] {
        var keys: [any CodingKey] = []
        var rest = self
        while case .child(let parent, let key) = rest {
            keys.append(key)
            rest = parent
        }
        return keys.reversed()
    }
}

/// The place of an element in an array. A type of its own because a dictionary's key may have an integer value too.
struct IndexKey: CodingKey {
    let index: Int
    init(_ index: Int) { self.index = index }
    init(intValue: Int) { index = intValue }
    init?(stringValue: String) { nil }
    var intValue: Int? { index }
    var stringValue: String { "Index \(index)" }
}

/// The key under which `superEncoder()` and `superDecoder()` put what belongs to the superclass.
struct SuperKey: CodingKey {
    init() {}
    init?(intValue: Int) { nil }
    init?(stringValue: String) { nil }
    var intValue: Int? { nil }
    var stringValue: String { "super" }
}

/// The text form of a path: `$.schedule.at`, `$.exclude[0]`, `$.variables["Guest Name"]`.
package enum JSONPath {
    /// The path of the document itself.
    package static let root = "$"
    /// Keys come from outside: this much of one, in bytes, is enough to know it by.
    private static let keyLimit = 80

    static func text(of keys: [any CodingKey]) -> String {
        keys.reduce(into: root) { text, key in
            text += (key as? IndexKey).map { step($0.index) } ?? step(key.stringValue)
        }
    }

    /// What leads from an array to its element: `[0]`.
    package static func step(_ index: Int) -> String { "[\(index)]" }

    /// What leads from an object to its member: `.at`, `["Guest Name"]`.
    package static func step(_ key: String) -> String {
        if !key.isEmpty, key.utf8.count <= keyLimit, key.utf8.allSatisfy(isPlain) { return ".\(key)" }
        var key = key
        if key.utf8.count > keyLimit {
            key = String(decoding: key.utf8.prefix(keyLimit), as: UTF8.self) + "…"
        }
        var literal: [UInt8] = []
        key.withUTF8 { JSONEncoder.appendLiteral(utf8: UnsafeRawBufferPointer($0), to: &literal) }
        return "[\(String(decoding: literal, as: UTF8.self))]"
    }

    /// Whether a byte needs no quotes in a path: no dot, no bracket, nothing that might be misread.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "$"):
            true
        default: false
        }
    }
}
