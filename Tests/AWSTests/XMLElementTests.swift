import AWS
import Testing

struct XMLElementTests {
    @Test("A document becomes a tree of names, texts and children")
    func tree() throws {
        let root = try XMLElement.parse(
            Array(
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>
                <Contents><Key> a &amp; &#x1F6A2;/é </Key><Size>1</Size></Contents><Contents><Key/></Contents>
                </ListBucketResult>
                """.utf8))
        #expect(root.name == "ListBucketResult")
        #expect(root["Name"]?.text == "b")
        #expect(root.all("Contents").map { $0["Key"]?.text } == [" a & 🚢/é ", ""])
        #expect(root["Missing"] == nil)
    }

    @Test(
        "Malformed and hostile documents are refused",
        arguments: [
            ("", "no element"), ("<a>", "no element"), ("<a></b>", "mismatched"), ("<a/><b/>", "junk"),
            ("text", "syntax"), ("<a>&b;</a>", "undefined entity"), ("<a>\u{0}</a>", "not well-formed"),
            ("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "document type"),
            ("<!DOCTYPE a SYSTEM \"http://127.0.0.1/x\"><a/>", "document type"),
            (String(repeating: "<a>", count: 100), "nested deeper than 32"),
        ])
    func refused(_ document: String, reason: String) {
        #expect {
            try XMLElement.parse(Array(document.utf8))
        } throws: { error in
            "\(error)".contains(reason)
        }
    }

    @Test("A document beyond the size limit is refused unread, and invalid UTF-8 with its line")
    func limits() {
        #expect(throws: XMLError.self) {
            try XMLElement.parse(Array("<a>1234567890</a>".utf8), limits: .init(bytes: 10))
        }
        #expect {
            try XMLElement.parse(Array("<a>\n".utf8) + [0xFF, 0xFE] + Array("</a>".utf8))
        } throws: { error in
            (error as? XMLError)?.line == 2
        }
    }

    @Test("Text that comes in many pieces is put together")
    func pieces() throws {
        let text = String(repeating: "&lt;x&gt;\n", count: 10_000)
        let root = try XMLElement.parse(Array("<a>\(text)</a>".utf8))
        #expect(root.text == String(repeating: "<x>\n", count: 10_000))
    }
}
