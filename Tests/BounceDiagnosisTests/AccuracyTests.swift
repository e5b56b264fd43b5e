import BounceDiagnosis
import TestSupport
import Testing

/// `scripts/accuracy` prints the same as tables.
@Suite("Accuracy on real bounces", .enabled(if: ThirdPartyData.isPresent, ThirdPartyData.absence))
struct AccuracyTests {
    private struct Label {
        var file: String
        var number: Int
        var reason: String
        var isHard: Bool
    }

    private static func labels() throws -> [Label] {
        let text = String(decoding: try ThirdPartyData.bytes("bounces/labels.tsv"), as: UTF8.self)
        return try text.split(separator: "\n").dropFirst().map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return Label(
                file: fields[0], number: try #require(Int(fields[1])), reason: fields[4],
                isHard: fields[5] == "true")
        }
    }

    @Test("the reason is right for 97 of 100 recipients, and whether it is for good for 99")
    func accuracy() throws {
        let labels = try Self.labels()
        var rightReasons = 0
        var rightPermanence = 0
        var explained: [String: [Explanation]] = [:]
        for label in labels {
            if explained[label.file] == nil {
                let bytes = try ThirdPartyData.bytes("bounces/\(label.file)")
                explained[label.file] = (try? BounceReader.explain(bytes, file: label.file)) ?? []
            }
            let all = explained[label.file] ?? []
            guard label.number <= all.count else { continue }
            let diagnosis = all[label.number - 1]
            if diagnosis.reason.rawValue == label.reason { rightReasons += 1 }
            if diagnosis.permanent == label.isHard { rightPermanence += 1 }
        }
        #expect(labels.count == 218)
        #expect(rightReasons * 100 >= labels.count * 97, "\(rightReasons) of \(labels.count)")
        #expect(rightPermanence * 100 >= labels.count * 99, "\(rightPermanence) of \(labels.count)")
    }
}
