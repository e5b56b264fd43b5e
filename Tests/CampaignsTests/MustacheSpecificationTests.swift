import Foundation
import TestSupport
import Testing

@testable import Campaigns

/// The specification's own tests (mustache/spec, specs/*.json).
@Suite(.enabled(if: ThirdPartyData.isPresent, ThirdPartyData.absence)) struct MustacheSpecificationTests {
    @Test(
        "the specification's tests pass",
        arguments: [
            ("comments", 12), ("delimiters", 14), ("interpolation", 40), ("inverted", 22), ("partials", 12),
            ("sections", 34),
        ])
    func passes(module: String, atLeast count: Int) throws {
        let document = try JSONSerialization.jsonObject(
            with: Data(ThirdPartyData.bytes("mustache/\(module).json")))
        let cases = try #require((document as? [String: Any])?["tests"] as? [[String: Any]])
        #expect(cases.count >= count)
        for test in cases {
            let name = try #require(test["name"] as? String)
            let template = try MustacheTemplate(
                try #require(test["template"] as? String), file: "\(module).mustache", escaping: .html,
                partials: test["partials"] as? [String: String] ?? [:], policy: .specification)
            let rendered = template.render(value(test["data"]))
            #expect(rendered == test["expected"] as? String, "\(module): \(name)")
        }
    }

    private func value(_ json: Any?) -> MustacheValue {
        switch json {
        case let text as String: .string(text)
        case let items as [Any]: .list(items.map(value))
        case let members as [String: Any]: .object(members.mapValues(value))
        case let number as NSNumber where isBoolean(number): .bool(number.boolValue)
        case let number as NSNumber: .number("\(number)", isZero: number.doubleValue == 0)
        default: .null
        }
    }

    private func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
