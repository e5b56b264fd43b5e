import Deliverability
import Foundation
import TestSupport
import Testing

@Suite("The SMTP password")
struct SMTPPasswordTests {
    private static let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

    @Test(
        "it is made of the secret access key as AWS says, for each Region its own",
        arguments: [
            ("us-east-1", "BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9"),
            ("us-west-2", "BF2PynzbSCAjX08zhZZnP/kW+T9P5zs/1Er0pi5vTEmd"),
        ])
    func derived(region: String, password: String) {
        #expect(SMTPPassword.derive(secretAccessKey: Self.secret, region: region) == password)
        #expect(SMTPPassword.lint(password) == .plausible)
    }

    @Test("other people's vectors hold", .enabled(if: ThirdPartyData.isPresent, ThirdPartyData.absence))
    func vectors() throws {
        let table = try String(contentsOf: ThirdPartyData.url("smtp/ses-smtp-v4.tsv"), encoding: .utf8)
        let rows = table.split(separator: "\n").dropFirst().map { $0.split(separator: "\t").map(String.init) }
        #expect(rows.count >= 4)
        for row in rows {
            #expect(SMTPPassword.derive(secretAccessKey: row[1], region: row[0]) == row[2])
        }
    }

    @Test(
        "what was pasted in its place is recognised",
        arguments: [
            ("", .empty), (secret, .secretAccessKey), ("AKIAIOSFODNN7EXAMPLE", .accessKeyID),
            ("ASIAIOSFODNN7EXAMPLE", .temporaryAccessKeyID),
            // Version 0x02 and 32 bytes.
            ("Ak1TbXlTZWNyZXRrZXlTZWNyZXRrZXlTZWNyZXRrZXk4", .formerVersion),
            (" BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9", .whiteSpace),
            ("BLBM/9hSUELfq8Gw+rU1 YcBjkOxGbhT2XG763xVLGWL9", .whiteSpace),
            ("BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9\n", .whiteSpace),
            ("\u{201C}BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9", .foreignCharacter(at: 1)),
            ("BLBM-9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9", .foreignCharacter(at: 5)),
            ("BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL", .wrongLength(43)),
            ("BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL99", .wrongLength(45)),
            ("BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGW==", .foreignCharacter(at: 43)),
            ("CLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9", .unknownVersion),
            (String(repeating: "A", count: 100_000), .wrongLength(100_000)),
        ] as [(String, SMTPPassword.Lint)])
    func pasted(_ text: String, lint: SMTPPassword.Lint) {
        #expect(SMTPPassword.lint(text) == lint)
        #expect((lint.remedy == nil) == lint.isPlausible)
        #expect(text.isEmpty || !lint.meaning.contains(text))
    }
}
