/// An element of an XML document: its name, its text and the elements in it. Attributes and namespaces are left out.
package struct XMLElement: Sendable, Equatable {
    package var name: String
    /// The character data of the element itself, white space included.
    package var text: String = ""
    package var children: [XMLElement] = []

    /// The first child of that name.
    package subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

    /// All children of that name, in order.
    package func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    /// Bounds on hostile input.
    package struct Limits: Sendable {
        package var bytes: Int
        package var depth: Int
        package init(bytes: Int = 16 << 20, depth: Int = 32) {
            self.bytes = bytes
            self.depth = depth
        }
    }

    /// Reads a document (XML 1.0), as services answer: one with a document type declaration is refused, and with it every
    /// entity of its own.
    package static func parse(_ document: [UInt8], limits: Limits = Limits()) throws(XMLError) -> XMLElement {
        guard document.count <= limits.bytes else {
            throw XMLError(line: nil, message: "more than \(limits.bytes) bytes")
        }
        return try XMLParser(maximumDepth: limits.depth).parse(document)
    }
}

/// What is wrong with an XML document.
package struct XMLError: Error, Sendable, CustomStringConvertible {
    /// Counted from 1; `nil` where no line is at fault.
    package var line: Int?
    package var message: String

    package var description: String { line.map { "line \($0): \(message)" } ?? message }
}
