import JSON
import Testing

@Suite struct JSONTextTests {
    private static let text = Array(
        """
        {
          "id": "paul-simon",
          "schedule": {"at": "2026-06-01", "ÄÖ": 1, "time.zone": [
            {"x": "}]"}, 7]},
          "exclude": ["a.csv",
              "b\\"].csv"],
          "quo\\"te\\u0041": {"": 1}
        }
        """.utf8)

    @Test(
        "a member is found by its path",
        arguments: [
            ("$", 1, 1),
            ("$.id", 2, 3),
            ("$.schedule", 3, 3),
            ("$.schedule.at", 3, 16),
            (#"$.schedule["ÄÖ"]"#, 3, 36),
            (#"$.schedule["time.zone"]"#, 3, 45),
            (#"$.schedule["time.zone"][0].x"#, 4, 6),
            (#"$.schedule["time.zone"][1]"#, 4, 18),
            ("$.exclude[0]", 5, 15),
            ("$.exclude[1]", 6, 7),
            (#"$["quo\"teA"]"#, 7, 3),
            (#"$["quo\"teA"][""]"#, 7, 21),
        ])
    func positions(path: String, line: Int, column: Int) {
        let position = JSONText.position(of: path, in: Self.text)
        #expect(position.line == line && position.column == column)
    }

    @Test(
        "what is not there is placed at its nearest ancestor",
        arguments: [
            ("$.schedule.in", 3, 3), ("$.sched", 1, 1), ("$.exclude[2]", 5, 3), ("$.id.x", 2, 3),
            ("$[0]", 1, 1),
            ("$.exclude[1].x[0]", 6, 7), ("", 1, 1), ("nonsense", 1, 1),
        ])
    func absent(path: String, line: Int, column: Int) {
        let position = JSONText.position(of: path, in: Self.text)
        #expect(position.line == line && position.column == column)
    }

    @Test("malformed text never leads astray")
    func malformed() {
        for path in ["$.schedule.at", "$.exclude[1]", #"$["quo\"teA"][""]"#, "$.none", "$[7]"] {
            for count in 0..<Self.text.count {
                _ = JSONText.position(of: path, in: Array(Self.text[..<count]))
                _ = JSONText.position(of: path, in: Array(Self.text[count...]))
                for byte in [UInt8]("\"\\{}[],:\0\u{1}".utf8) {
                    var changed = Self.text
                    changed[count] = byte
                    _ = JSONText.position(of: path, in: changed)
                }
            }
        }
    }
}
