/// Writes jansson's tree as text.
///
/// jansson's own `json_dumps` writes doubles with 17 digits (0.1 as 0.10000000000000001).
struct JSONWriter {
    let sortsKeys: Bool
    let isPretty: Bool
    let byteLimit: Int
    private(set) var output: [UInt8] = []
    private var depth = 0

    init(sortsKeys: Bool, isPretty: Bool, byteLimit: Int) {
        self.sortsKeys = sortsKeys
        self.isPretty = isPretty
        self.byteLimit = byteLimit
    }

    /// Recurses no deeper than the depth limit that the tree was built under.
    mutating func write(_ node: JSONNode) throws(JSONError) {
        switch node.content {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .integer(let value): append(value.description)
        case .double(let value): append(value.description)
        case .string(let utf8): JSONEncoder.appendLiteral(utf8: utf8, to: &output)
        case .array:
            output.append(.openBracket)
            depth += 1
            for index in 0..<node.elementCount {
                beginItem(isFirst: index == 0)
                if let element = node.element(index) { try write(element) }
            }
            end(with: .closeBracket, isEmpty: node.elementCount == 0)
        case .object:
            output.append(.openBrace)
            depth += 1
            var isFirst = true
            if sortsKeys {
                let members = node.members.sorted { $0.key.lexicographicallyPrecedes($1.key) }
                for member in members { try write(member, isFirst: &isFirst) }
            } else {
                for member in node.members { try write(member, isFirst: &isFirst) }
            }
            end(with: .closeBrace, isEmpty: isFirst)
        }
        guard output.count <= byteLimit else {
            throw JSONError(
                kind: .tooLarge, path: JSONPath.root,
                message: "the text is larger than the limit of \(byteLimit) bytes")
        }
    }

    private mutating func write(
        _ member: (key: UnsafeRawBufferPointer, value: JSONNode), isFirst: inout Bool
    ) throws(JSONError) {
        beginItem(isFirst: isFirst)
        isFirst = false
        JSONEncoder.appendLiteral(utf8: member.key, to: &output)
        append(isPretty ? ": " : ":")
        try write(member.value)
    }

    private mutating func beginItem(isFirst: Bool) {
        if !isFirst { output.append(.comma) }
        breakLine()
    }

    private mutating func end(with bracket: UInt8, isEmpty: Bool) {
        depth -= 1
        if !isEmpty { breakLine() }
        output.append(bracket)
    }

    private mutating func breakLine() {
        guard isPretty else { return }
        output.append(.newline)
        output.append(contentsOf: repeatElement(.space, count: 2 * depth))
    }

    private mutating func append(_ text: String) { output.append(contentsOf: text.utf8) }
}
