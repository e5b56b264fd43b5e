import Foundation
import Testing

@testable import LambdaRuntime

@Suite("A line of the log")
struct LambdaLogTests {
    private func line(
        _ format: LambdaLog.Format, _ message: String, requestID: String? = "id-1",
        fields: [LambdaLog.Field] = []
    ) -> String {
        let line = LogLine(
            milliseconds: 1_782_950_400_007, level: .warning, requestID: requestID, message: message,
            fields: fields)
        return String(decoding: line.bytes(format), as: UTF8.self)
    }

    private func object(_ line: String) throws -> [String: any Sendable] {
        let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
        return try #require(value as? [String: any Sendable])
    }

    @Test("as text holds timestamp, request id, level, message and fields, between tabs")
    func text() {
        #expect(
            line(.text, "Rate was cut", fields: [("rate", "7"), ("bad name=", "x y")])
                == "2026-07-02T00:00:00.007Z\tid-1\tWARN\tRate was cut\trate=7\tbad_name_=x y\n")
        #expect(line(.text, "up", requestID: nil) == "2026-07-02T00:00:00.007Z\t-\tWARN\tup\n")
    }

    @Test("as JSON is an object with the same")
    func json() throws {
        let object = try object(line(.json, "Rate was cut", fields: [("rate", "7")]))
        #expect(object["timestamp"] as? String == "2026-07-02T00:00:00.007Z")
        #expect(object["level"] as? String == "WARN")
        #expect(object["requestId"] as? String == "id-1")
        #expect(object["message"] as? String == "Rate was cut")
        #expect(object["rate"] as? String == "7")
        #expect(try self.object(line(.json, "up", requestID: nil))["requestId"] is NSNull)
    }

    @Test(
        "stays one line, whatever it holds",
        arguments: [
            "a\nb", "a\r\nb", "a\tb", "\u{0}", "\u{1B}[2J", "\u{85}", "\u{2028}\u{2029}", #"a\nb"#,
            "\"}\n{\"",
            "\u{7F}\u{9B}", "é😀",
        ])
    func oneLine(_ text: String) throws {
        let plain = line(.text, text, fields: [(text, text)])
        #expect(plain.unicodeScalars.filter { $0.properties.generalCategory == .control }.count == 5)
        #expect(plain.split(whereSeparator: \.isNewline).count == 1)
        #expect(plain.split(separator: "\t").count == 5)
        let json = line(.json, text, fields: [(text, text)])
        #expect(json.utf8.filter { $0 < 0x20 }.count == 1)
        let object = try object(json)
        #expect(object["message"] as? String == text)
        #expect(object[text] as? String == text)
    }

    @Test("as text tells an escape from the same letters written out")
    func unambiguous() {
        #expect(line(.text, "a\nb").contains(#"a\nb"#))
        #expect(line(.text, #"a\nb"#).contains(#"a\\nb"#))
    }

    @Test("never lets a field take the name of another")
    func fieldNames() throws {
        let object = try object(
            line(.json, "m", fields: [("message", "1"), ("requestId", "2"), ("a", "3"), ("a", "4")]))
        #expect(object["message"] as? String == "m")
        #expect(object["message_"] as? String == "1")
        #expect(object["requestId_"] as? String == "2")
        #expect(object["a"] as? String == "3")
        #expect(object["a_"] as? String == "4")
    }

    @Test("cuts a value that is too long between two characters, and says so")
    func clipped() {
        #expect("abc".clipped(toBytes: 3) == "abc")
        #expect("aééé".clipped(toBytes: 4) == "aé… (4 bytes cut)")
        #expect("😀😀".clipped(toBytes: 3) == "… (8 bytes cut)")
        #expect(line(.text, String(repeating: "é", count: 1 << 20)).utf8.count < 40 << 10)
    }

    @Test("carries the request id of the task, or that of the invocation whose log it is")
    func requestID() throws {
        let pipe = Pipe()
        let log = LambdaLog(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        log.write(.info, "outside")
        LambdaLog.$requestID.withValue("from-task") { log.write(.info, "inside") }
        log.pinned(to: "pinned").write(.info, "callback")
        log.write(.debug, "too little")
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let columns = text.split(separator: "\n").map {
            $0.split(separator: "\t")[1...3].joined(separator: " ")
        }
        #expect(columns == ["- INFO outside", "from-task INFO inside", "pinned INFO callback"])
    }

    @Test(
        "AWS_LAMBDA_LOG_FORMAT and AWS_LAMBDA_LOG_LEVEL choose shape and level",
        arguments: [
            ([:], LambdaLog.Format.text, LambdaLog.Level.info),
            (["AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "DEBUG"], .json, .debug),
            (["AWS_LAMBDA_LOG_FORMAT": "Text", "AWS_LAMBDA_LOG_LEVEL": "warn"], .text, .warning),
            (["AWS_LAMBDA_LOG_LEVEL": "FATAL"], .text, .fatal),
        ])
    func environment(_ variables: [String: String], format: LambdaLog.Format, level: LambdaLog.Level) {
        let log = LambdaLog(environment: variables)
        #expect(log.format == format)
        #expect(log.level == level)
    }
}
