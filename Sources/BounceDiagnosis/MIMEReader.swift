internal import CGMime

/// Reads messages by GMime, within limits; the only place that calls it.
///
/// GMime's own state is made once, by a lazy static, and never changed afterwards; an object of it is made, used and given
/// back within one call of ``read(_:limits:)``, so that any thread may read.
enum MIMEReader {
    private static let isReady: Bool = {
        g_mime_init()
        return true
    }()

    /// What was read, and whether something was left out.
    struct Result: Sendable {
        var root: MIMEPart
        var isCut: Bool
    }

    /// - Returns: `nil` where the bytes hold no message, not even a header.
    static func read(_ bytes: [UInt8], limits: MIMELimits = MIMELimits()) -> Result? {
        precondition(isReady)
        let whole = withoutMboxLine(bytes)
        let examined = examined(whole, limits)
        guard !examined.isEmpty else { return nil }
        return examined.withUnsafeBytes { buffer -> Result? in
            guard let base = buffer.baseAddress,
                let stream = g_mime_stream_mem_new_with_buffer(
                    base.assumingMemoryBound(to: CChar.self), buffer.count)
            else { return nil }
            defer { cgmime_release(stream) }
            guard let parser = g_mime_parser_new_with_stream(stream) else { return nil }
            defer { cgmime_release(parser) }
            // What is parsed need not be kept: the stream is only read while this scope lasts.
            guard let message = g_mime_parser_construct_message(parser, nil) else { return nil }
            defer { cgmime_release(message) }
            var walk = Walk(limits: limits, isCut: examined.count < whole.count)
            let root = walk.part(of: message, depth: 0)
            return Result(root: root, isCut: walk.isCut)
        }
    }

    /// Without the line that mbox files put before a message.
    static func withoutMboxLine(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        guard bytes.starts(with: Array("From ".utf8)) else { return bytes[...] }
        return bytes.drop { $0 != UInt8(ascii: "\n") }.dropFirst()
    }

    /// The beginning of the message, only as far as not too many parts are opened and no header field is too long: GMime
    /// compares each line with the boundaries of all parts that it stands in, and decodes a field's parameters on the stack.
    private static func examined(_ bytes: ArraySlice<UInt8>, _ limits: MIMELimits) -> ArraySlice<UInt8> {
        let slice = bytes.prefix(limits.bytes)
        var left = limits.openings
        var field = FoldedField()
        for index in slice.indices {
            let byte = slice[index]
            field.take(byte, at: index)
            if field.isField, index - field.start >= limits.rawFieldBytes { return slice[..<field.start] }
            guard byte | 0x20 == UInt8(ascii: "y") || byte == UInt8(ascii: "/"),
                ends(slice[...index], "boundary") || ends(slice[...index], "message/")
            else { continue }
            left -= 1
            if left == 0 { return slice[..<index] }
        }
        return slice
    }

    /// A line with those that are folded under it (RFC 5322 section 2.2.3), wherever in the message: what may be a field.
    private struct FoldedField {
        private(set) var start = 0
        /// Whether a colon ends what may be a field's name.
        private(set) var isField = false
        /// A name holds no blank; some stand between it and its colon.
        private var isName = true
        private var last: UInt8?

        mutating func take(_ byte: UInt8, at index: Int) {
            if last == nil || last == UInt8(ascii: "\n") && !Self.isBlank(byte) {
                start = index
                isField = false
                isName = true
            } else if let last, Self.isBlank(last), !Self.isBlank(byte), byte != UInt8(ascii: ":") {
                isName = false
            }
            if byte == UInt8(ascii: ":"), isName { isField = true }
            last = byte
        }

        private static func isBlank(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
        }
    }

    private static func ends(_ bytes: ArraySlice<UInt8>, _ word: StaticString) -> Bool {
        word.withUTF8Buffer { word in
            bytes.count >= word.count
                && zip(bytes.suffix(word.count), word).allSatisfy { $0 | 0x20 == $1 | 0x20 }
        }
    }
}

/// The way through GMime's tree: every step counts against the limits.
private struct Walk {
    let limits: MIMELimits
    var isCut: Bool
    var parts = 0
    var textBytes = 0

    mutating func part(of message: UnsafeMutablePointer<GMimeMessage>, depth: Int) -> MIMEPart {
        let header = header(of: cgmime_message_object(message))
        guard let body = g_mime_message_get_mime_part(message) else {
            return MIMEPart(type: "text/plain", header: header)
        }
        var part = part(of: body, depth: depth)
        // The fields of a message's own part are the message's.
        part.header = MIMEHeader(fields: header.fields + part.header.fields)
        return part
    }

    mutating func part(of object: UnsafeMutablePointer<GMimeObject>, depth: Int) -> MIMEPart {
        parts += 1
        var part = MIMEPart(type: type(of: object), header: header(of: object))
        guard depth < limits.depth, parts < limits.parts else {
            isCut = true
            return part
        }
        if let multipart = cgmime_multipart(object) {
            for index in 0..<g_mime_multipart_get_count(multipart) {
                guard parts < limits.parts else {
                    isCut = true
                    break
                }
                guard let child = g_mime_multipart_get_part(multipart, index) else { continue }
                part.children.append(self.part(of: child, depth: depth + 1))
            }
        } else if let holder = cgmime_message_part(object) {
            if let message = g_mime_message_part_get_message(holder) {
                part.children = [self.part(of: message, depth: depth + 1)]
            }
        } else if let leaf = cgmime_part(object), isText(part) {
            part.text = text(of: leaf, object)
        }
        return part
    }

    /// Attachments are not looked at, whatever they call themselves.
    private func isText(_ part: MIMEPart) -> Bool {
        part.type.hasPrefix("text/") || part.type.hasPrefix("message/")
    }

    private func type(of object: UnsafeMutablePointer<GMimeObject>) -> String {
        guard let type = g_mime_object_get_content_type(object),
            let name = g_mime_content_type_get_mime_type(type)
        else { return "text/plain" }
        defer { g_free(name) }
        return String(cString: name).lowercased()
    }

    private mutating func header(of object: UnsafeMutablePointer<GMimeObject>) -> MIMEHeader {
        var header = MIMEHeader()
        guard let list = g_mime_object_get_header_list(object) else { return header }
        let count = g_mime_header_list_get_count(list)
        if count > Int32(limits.fields) { isCut = true }
        for index in 0..<min(count, Int32(limits.fields)) {
            guard let field = g_mime_header_list_get_header_at(list, index),
                let name = g_mime_header_get_name(field),
                let value = g_mime_header_get_value(field)
            else { continue }
            header.fields.append((String(cString: name), String(bounded(value))))
        }
        return header
    }

    private func bounded(_ value: UnsafePointer<CChar>) -> String {
        let length = strnlen(value, limits.fieldBytes)
        return UnsafeRawBufferPointer(start: value, count: length).withMemoryRebound(to: UInt8.self) {
            String(decoding: $0, as: UTF8.self)
        }
    }

    private mutating func text(
        of leaf: UnsafeMutablePointer<GMimePart>, _ object: UnsafeMutablePointer<GMimeObject>
    ) -> String {
        guard let content = g_mime_part_get_content(leaf), let memory = g_mime_stream_mem_new() else {
            return ""
        }
        defer { cgmime_release(memory) }
        guard g_mime_data_wrapper_write_to_stream(content, memory) >= 0,
            let array = cgmime_memory_bytes(memory), let data = array.pointee.data
        else { return "" }
        let length = min(Int(array.pointee.len), limits.textBytes - textBytes)
        if length < Int(array.pointee.len) { isCut = true }
        textBytes += length
        let bytes = UnsafeBufferPointer(start: data, count: length)
        let charset = g_mime_object_get_content_type_parameter(object, "charset").map { String(cString: $0) }
        return converted(bytes, from: charset?.lowercased() ?? "us-ascii")
    }

    /// Bytes of a character set in UTF-8. What claims to be ASCII or UTF-8 is often neither: bytes that are not valid are
    /// replaced, so that the ASCII around them can be read, as it can where the name of the set is unknown.
    private func converted(_ bytes: UnsafeBufferPointer<UInt8>, from charset: String) -> String {
        let isPlain = ["us-ascii", "ascii", "utf-8", "utf8"].contains(charset)
        guard !isPlain, let filter = g_mime_filter_charset_new(charset, "utf-8") else {
            return String(decoding: bytes, as: UTF8.self)
        }
        defer { cgmime_release(filter) }
        guard let memory = g_mime_stream_mem_new() else { return "" }
        defer { cgmime_release(memory) }
        guard let stream = g_mime_stream_filter_new(memory) else { return "" }
        _ = g_mime_stream_filter_add(
            UnsafeMutableRawPointer(stream).assumingMemoryBound(to: GMimeStreamFilter.self), filter)
        bytes.withMemoryRebound(to: CChar.self) { _ = g_mime_stream_write(stream, $0.baseAddress, $0.count) }
        g_mime_stream_flush(stream)
        cgmime_release(stream)
        guard let array = cgmime_memory_bytes(memory), let data = array.pointee.data else { return "" }
        return String(
            decoding: UnsafeBufferPointer(start: data, count: Int(array.pointee.len)), as: UTF8.self)
    }
}
