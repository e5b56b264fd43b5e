/// Encodes values as JSON text by way of jansson's tree.
///
/// Members keep the order in which they were encoded. Doubles have the fewest digits that read back as the same
/// double. What has no exact text is an error: infinities, NaN, integers outside 64 bits signed.
package struct JSONEncoder: Sendable {
    /// Orders members by the bytes of their keys, so that equal values have equal text.
    package var sortsKeys: Bool
    /// One member a line, indented by two spaces.
    package var isPretty: Bool
    package var limits: JSONLimits

    package init(sortsKeys: Bool = false, isPretty: Bool = false, limits: JSONLimits = JSONLimits()) {
        self.sortsKeys = sortsKeys
        self.isPretty = isPretty
        self.limits = limits
    }

    package func encode<Value: Encodable>(_ value: Value) throws(JSONError) -> [UInt8] {
        let tree = EncodedTree(depthLimit: limits.depth)
        do {
            try tree.encode(value)
        } catch let error as JSONError {
            throw error
        } catch let EncodingError.invalidValue(_, context) {
            throw JSONError(
                kind: .invalidValue, path: JSONPath.text(of: context.codingPath),
                message: context.debugDescription)
        } catch {
            throw JSONError(kind: .invalidValue, path: JSONPath.root, message: "\(error)")
        }
        var writer = JSONWriter(sortsKeys: sortsKeys, isPretty: isPretty, byteLimit: limits.bytes)
        try writer.write(tree.root.node)
        return writer.output
    }
}
