/// A part of a message (RFC 2045), decoded: what a diagnosis looks at, and no more of it than ``MIMELimits`` allow.
struct MIMEPart: Sendable {
    /// `multipart/report`, in lower case; `text/plain` where none is told.
    var type: String
    var header: MIMEHeader
    /// A leaf's text in UTF-8: transfer encoding and character set are undone. Empty for other parts.
    var text = ""
    /// A multipart's parts, or the one message that a `message/rfc822` holds.
    var children: [MIMEPart] = []

    /// This part and all parts in it, but for those within messages that it holds, in the order of the message.
    var outerParts: [MIMEPart] {
        type.hasPrefix("message/") ? [self] : [self] + children.flatMap(\.outerParts)
    }
}

/// Header fields in their order; names are compared without regard to case.
struct MIMEHeader: Sendable {
    /// Values are unfolded, and encoded words (RFC 2047) decoded.
    var fields: [(name: String, value: String)] = []

    /// The first field of that name, which is to be given in lower case.
    subscript(name: String) -> String? { fields.first { $0.name.lowercased() == name }?.value }

    func all(_ name: String) -> [String] { fields.filter { $0.name.lowercased() == name }.map(\.value) }

    init(fields: [(name: String, value: String)] = []) { self.fields = fields }
}

/// How much of a message is looked at. A report says what it has to say early: what it returns stands behind.
struct MIMELimits: Sendable {
    /// Of the message as it is.
    var bytes = 2 << 20
    /// Of the text of all parts together.
    var textBytes = 512 << 10
    var parts = 100
    var depth = 16
    /// Of one header.
    var fields = 500
    var fieldBytes = 4096
    /// Words that may open a part within another: each deeper level needs one.
    var openings = 100
    /// Of a header field with its folds, as it is: GMime decodes its parameters on the stack.
    var rawFieldBytes = 64 << 10
}
