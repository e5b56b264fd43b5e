import Campaigns
import Testing

@testable import CloudAdapters

@Suite("Results as bytes")
struct ResultRecordsTests {
    private let at = Timestamp(milliseconds: 1_780_326_000_123)
    private let sesID = "0100018f1c2d3e4f-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9-000000"

    @Test("every kind of result comes back as it was")
    func roundTrip() throws {
        let outcomes: [RecipientResult.Outcome?] = [
            .accepted(messageID: sesID), .accepted(messageID: ""), .accepted(messageID: "m-1"),
            .rejected(reason: "\u{1F6A2} \r\n \0"), .suppressed(reason: .complaint), .uncertain(reason: ""),
            .dropped(reason: "by hand"), nil,
        ]
        let records = outcomes.enumerated().map { (index: $0.offset * 300, outcome: $0.element) }
        let decoded = try #require(ResultRecords.decode(ResultRecords.encode(records, at: at)))
        #expect(
            decoded
                == records.map { ResultRecords.Record(index: $0.index, outcome: $0.outcome, at: at) })
    }

    @Test("fifty accepted mails of SES take less than 1.6 KB")
    func size() {
        let records = (0..<50).map {
            (index: $0, outcome: RecipientResult.Outcome?.some(.accepted(messageID: sesID)))
        }
        #expect(ResultRecords.encode(records, at: at).count == 7 + 50 * 30)
    }

    @Test("bytes cut off anywhere, or of another format, are not read as results")
    func malformed() {
        let bytes = ResultRecords.encode(
            [
                (0, .accepted(messageID: sesID)), (1, .rejected(reason: "no")),
                (2, .suppressed(reason: .bounce)),
            ], at: at)
        let whole = ResultRecords.decode(bytes)
        for count in 0..<bytes.count {
            let cut = ResultRecords.decode(Array(bytes.prefix(count)))
            #expect(cut == nil || cut.map(\.count)! < whole!.count)
        }
        #expect(ResultRecords.decode([2] + bytes.dropFirst()) == nil)
        #expect(ResultRecords.decode(bytes + [0, 9, UInt8(ascii: "x"), 0, 0]) == nil)
    }

    @Test(
        "only message ids of SES's very form are packed",
        arguments: [
            ("0100018f1c2d3e4f-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9-000000", true),
            ("ffffffffffffffff-ffffffff-ffff-ffff-ffff-ffffffffffff-999999", true),
            ("0100018F1c2d3e4f-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9-000000", false),
            ("0100018f1c2d3e4f-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9-00000a", false),
            ("0100018f1c2d3e4f-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9", false),
            ("0100018f1c2d3e4f-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9-0000000", false), ("", false),
        ])
    func packing(_ text: String, _ isPacked: Bool) {
        let packed = PackedMessageID(text)
        #expect((packed != nil) == isPacked)
        if let packed {
            #expect(packed.bytes.count == PackedMessageID.count)
            #expect(packed.text == text)
        }
    }
}
