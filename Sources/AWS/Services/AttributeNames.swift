/// The names that expressions use for attributes (DynamoDB Developer Guide, "Expression attribute names").
///
/// An attribute whose name is one of DynamoDB's 573 reserved words can stand in an expression only so.
enum AttributeNames {
    /// The names given, and `#x` for attribute `x` for each other one that stands in the expressions.
    static func completed(_ names: [String: String], for expressions: [String]) -> [String: String] {
        var names = names
        for expression in expressions {
            for part in expression.split(separator: "#", omittingEmptySubsequences: false).dropFirst() {
                let name = part.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
                if !name.isEmpty, names["#\(name)"] == nil { names["#\(name)"] = String(name) }
            }
        }
        return names
    }
}
