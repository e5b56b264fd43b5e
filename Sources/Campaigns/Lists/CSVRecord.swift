/// One record, valid only while the closure that it is lent to runs.
package struct CSVRecord: ~Copyable {
    /// Where a field's text lies.
    struct Field {
        /// Offset from the record's first byte; `~offset` into the unescaped text where quotes had been doubled.
        var start: Int
        /// Length in bytes; `~length`, quotes still doubled, until the record is complete.
        var count: Int
    }

    /// Line on which it begins, counted from 1.
    package let line: Int
    package let count: Int
    let base: UnsafeRawPointer
    let unescaped: UnsafeRawPointer
    let fields: UnsafePointer<Field>

    /// The field's text, quotes removed: valid UTF-8, only valid until the closure returns.
    package subscript(index: Int) -> UnsafeRawBufferPointer {
        precondition(index >= 0 && index < count, "the record has no such field")
        let field = fields[index]
        let start = field.start >= 0 ? base + field.start : unescaped + ~field.start
        return UnsafeRawBufferPointer(start: start, count: field.count)
    }
}
