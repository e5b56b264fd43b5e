import Foundation
import TestSupport
import Testing

@testable import Handlers

@Suite("Forms", .timeLimit(.minutes(10)))
struct FormFieldsTests {
    private func fields(_ body: String, _ contentType: String? = nil) -> [FormFields.Field] {
        FormFields(Array(body.utf8), contentType: contentType).fields
    }

    @Test("forms are read as Python's urllib, requests and urllib3 write them")
    func oracle() async throws {
        let expected = [
            ("List-Unsubscribe", "One-Click"), ("a b&c=d", "ä+b %41 \u{1F6A2}"), ("empty", ""),
            ("twice", "1"), ("twice", "2"),
        ]
        let answer = try await runPython(
            "oracles/form_bodies.py",
            input: try JSONSerialization.data(withJSONObject: expected.map { [$0.0, $0.1] }))
        struct Body: Decodable {
            let contentType: String
            let body: Data
        }
        let bodies = try JSONDecoder().decode([Body].self, from: Data(answer.utf8))
        #expect(bodies.count == 4)
        for body in bodies {
            let fields = FormFields(Array(body.body), contentType: body.contentType).fields
            #expect(fields == expected.map { .init(name: $0.0, value: $0.1) }, "\(body.contentType)")
        }
    }

    @Test(
        "of URL-encoded texts every one is a form",
        arguments: [
            ("", []), ("&&", []), ("a", [("a", "")]), ("=", [("", "")]), ("a=b=c", [("a", "b=c")]),
            ("a=%", [("a", "%")]), ("a=%4", [("a", "%4")]), ("a=%zz%41", [("a", "%zzA")]),
            ("a=%ff", [("a", "\u{FFFD}")]), ("%61=+", [("a", " ")]), ("a=1;b=2", [("a", "1;b=2")]),
        ] as [(String, [(String, String)])])
    func urlEncoded(text: String, expected: [(String, String)]) {
        #expect(fields(text) == expected.map { .init(name: $0.0, value: $0.1) })
    }

    @Test("what is written as a query reads back the same")
    func roundTrip() {
        var form = FormFields(urlEncoded: "".utf8)
        form.fields = [.init(name: "t&=\"<", value: "'+ %ä\0\r\n"), .init(name: "", value: "")]
        #expect(FormFields(urlEncoded: form.urlEncoded.utf8) == form)
        #expect(form.urlEncoded.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"'<>".utf8.contains($0) })
    }

    private static let multipart = "multipart/form-data; boundary=x"

    @Test(
        "of multipart bodies that are cut or wrong only whole fields are taken",
        arguments: [
            ("", 0), ("--x", 0), ("--x--", 0), ("--x\r\n", 0), ("--x\r\n\r\n\r\n--x--", 0),
            ("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1", 0),
            ("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x", 1),
            ("--x\r\ncontent-disposition:form-data;name=\"a\"\r\n\r\n1\r\n--x--", 1),
            ("preamble\r\n--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--x--\r\nend", 1),
            ("--x\r\nContent-Disposition: form-data; name=a; filename=f\r\n\r\n1\r\n--x--", 0),
            ("--x\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--x--", 0),
            ("--x\r\nContent-Type: text/plain\r\n\r\n1\r\n--x--", 0),
            ("--y\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--y--", 0),
        ])
    func multipart(body: String, count: Int) {
        let fields = fields(body, Self.multipart)
        #expect(fields.count == count)
        #expect(fields.allSatisfy { $0.name == "a" })
    }

    @Test("a boundary may be quoted; one that is missing, empty or too long makes no multipart form")
    func boundary() {
        let body = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--"
        for type in [
            "Multipart/Form-Data; Boundary=\"x\"", "multipart/form-data ; charset=utf-8; boundary=x",
        ] {
            #expect(fields(body, type) == [.init(name: "a", value: "1")])
        }
        for type in [
            "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=x", "", ";;;",
            "\"",
            "multipart/form-data; boundary=" + String(repeating: "x", count: 71),
        ] {
            #expect(fields(body, type).first?.name != "a")
        }
    }

    @Test("whatever comes, there are at most 64 fields, and time is not lost on it")
    func bounds() {
        #expect(fields(String(repeating: "a=1&", count: 5000)).count == 64)
        let part = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n"
        #expect(fields(String(repeating: part, count: 300) + "--x--", Self.multipart).count == 64)
        let nearly = String(repeating: "\r\n--" + String(repeating: "x", count: 69), count: 200)
        let long = "multipart/form-data; boundary=" + String(repeating: "x", count: 70)
        #expect(fields(nearly, long).isEmpty)
    }

    @Test("random bytes are read without an end")
    func random() {
        let pieces = [
            "--x", "\r\n", "--", "Content-Disposition: form-data; name=", "\"", "a", ";", "=", "%", "&", "\\",
        ]
        for _ in 0..<2000 {
            let body = (0..<Int.random(in: 0...40)).map { _ in pieces.randomElement()! }.joined()
            #expect(fields(body, Self.multipart).count <= 64)
            #expect(fields(body).count <= 64)
            _ = fields("a", body)
        }
    }
}
