internal import CExpat

/// Builds a tree from the events of one expat parser, which it owns. It parses one document.
final class XMLParser {
    private let parser: XML_Parser?
    private let maximumDepth: Int
    private var open: [XMLElement] = []
    private var root: XMLElement?
    private var refusal: String?

    init(maximumDepth: Int) {
        self.maximumDepth = maximumDepth
        parser = XML_ParserCreate(nil)
    }

    deinit { XML_ParserFree(parser) }

    func parse(_ document: [UInt8]) throws(XMLError) -> XMLElement {
        guard let parser else { throw XMLError(line: nil, message: "no memory for a parser") }
        // The callbacks borrow this object, and none outlives the call of XML_Parse below.
        XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
        XML_SetElementHandler(parser, elementStarted, elementEnded)
        XML_SetCharacterDataHandler(parser, textRead)
        XML_SetStartDoctypeDeclHandler(parser, doctypeStarted)
        let status = withExtendedLifetime(self) {
            document.withUnsafeBytes { bytes in
                XML_Parse(
                    parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                    CInt(clamping: bytes.count), 1)
            }
        }
        guard status == XML_STATUS_OK, refusal == nil, let root else {
            let message = refusal ?? String(cString: XML_ErrorString(XML_GetErrorCode(parser)))
            throw XMLError(line: Int(XML_GetCurrentLineNumber(parser)), message: message)
        }
        return root
    }

    fileprivate func start(_ name: String) {
        guard open.count < maximumDepth else { return refuse("elements nested deeper than \(maximumDepth)") }
        open.append(XMLElement(name: name))
    }

    fileprivate func end() {
        guard let element = open.popLast() else { return }
        if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
    }

    fileprivate func append(_ text: String) {
        guard !open.isEmpty else { return }
        open[open.count - 1].text += text
    }

    fileprivate func refuse(_ reason: String) {
        if refusal == nil { refusal = reason }
        XML_StopParser(parser, XML_Bool(XML_FALSE))
    }

    fileprivate static func from(_ userData: UnsafeMutableRawPointer?) -> XMLParser? {
        userData.map { Unmanaged<XMLParser>.fromOpaque($0).takeUnretainedValue() }
    }
}

private func elementStarted(
    userData: UnsafeMutableRawPointer?, name: UnsafePointer<XML_Char>?,
    attributes: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?
) {
    guard let name else { return }
    XMLParser.from(userData)?.start(String(cString: name))
}

private func elementEnded(userData: UnsafeMutableRawPointer?, name: UnsafePointer<XML_Char>?) {
    XMLParser.from(userData)?.end()
}

private func textRead(userData: UnsafeMutableRawPointer?, text: UnsafePointer<XML_Char>?, length: CInt) {
    guard let text else { return }
    let bytes = UnsafeRawBufferPointer(start: text, count: Int(length))
    XMLParser.from(userData)?.append(String(decoding: bytes, as: UTF8.self))
}

private func doctypeStarted(
    userData: UnsafeMutableRawPointer?, name: UnsafePointer<XML_Char>?, system: UnsafePointer<XML_Char>?,
    publicID: UnsafePointer<XML_Char>?, hasInternalSubset: CInt
) {
    XMLParser.from(userData)?.refuse("a document type declaration is not allowed")
}
