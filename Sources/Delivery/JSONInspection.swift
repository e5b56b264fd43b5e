internal import Campaigns
internal import JSON

/// A place in a JSON document, written as a path: `$.schedule.at`.
struct JSONPlace: Hashable {
    let path: String

    static let root = JSONPlace(path: JSONPath.root)
    func member(_ key: String) -> JSONPlace { JSONPlace(path: path + JSONPath.step(key)) }
    func element(_ index: Int) -> JSONPlace { JSONPlace(path: path + JSONPath.step(index)) }
}

/// Collects what is wrong with a JSON document, each with its place in the text.
final class JSONInspection {
    /// What else is wrong with a hopeless file helps nobody.
    private static let maximumProblems = 50

    private let file: String
    private let text: [UInt8]
    private(set) var problems: [Problem] = []
    private var isFull: Bool { problems.count >= JSONInspection.maximumProblems }

    init(file: String, text: [UInt8]) {
        self.file = file
        self.text = text
    }

    /// The problems as they stand in the file, from its top on.
    var problemsInOrder: [Problem] {
        problems.sorted {
            ($0.line ?? 0, $0.column ?? 0, $0.key ?? "") < ($1.line ?? 0, $1.column ?? 0, $1.key ?? "")
        }
    }

    func report(_ place: JSONPlace, _ message: String, remedy: String?) {
        guard !isFull else { return }
        let position = JSONText.position(of: place.path, in: text)
        problems.append(
            Problem(
                .invalidInput, file: file, line: position.line, column: position.column, key: place.path,
                message,
                remedy: remedy))
    }

    /// The members of an object; unknown keys are reported, with the known one that was probably meant.
    ///
    /// - Parameter keys: the keys that it may have; `nil` allows any.
    func members(of value: JSONValue, at place: JSONPlace, keys: [String]? = nil) -> JSONMembers? {
        guard case .object(let members) = value else {
            report(place, "must be an object, not \(value.kind)", remedy: "Write it in braces")
            return nil
        }
        for key in members.keys.sorted() {
            guard let keys, !keys.contains(key), !isFull else { continue }
            let near = keys.near(key, atMost: 1).first
            report(
                place.member(key), "unknown key",
                remedy: near.map { "Did you mean \"\($0)\"? Correct or remove it" }
                    ?? "Remove it; known are \(keys.joined(separator: ", "))")
        }
        return JSONMembers(inspection: self, path: place, members: members)
    }
}

/// The members of one object, read by key and type; what does not fit is reported.
struct JSONMembers {
    let inspection: JSONInspection
    let path: JSONPlace
    private let members: [String: JSONValue]

    fileprivate init(inspection: JSONInspection, path: JSONPlace, members: [String: JSONValue]) {
        self.inspection = inspection
        self.path = path
        self.members = members
    }

    var keys: [String] { members.keys.sorted() }
    func has(_ key: String) -> Bool { members[key] != nil }

    func report(_ key: String, _ message: String, remedy: String?) {
        inspection.report(path.member(key), message, remedy: remedy)
    }

    /// Reports an error that was found with a value.
    func report(_ key: String, _ error: any Error) {
        guard let problem = error as? Problem else { return report(key, "\(error)", remedy: nil) }
        report(key, problem.message, remedy: problem.remedy)
    }

    func string(_ key: String, rule: TextRule? = nil) -> String? {
        guard let value = members[key] else { return nil }
        return text(value, at: path.member(key), rule)
    }

    func requiredString(_ key: String, rule: TextRule? = nil) -> String? {
        guard has(key) else {
            missing(key)
            return nil
        }
        return string(key, rule: rule)
    }

    /// The texts of an array, with their places.
    func strings(_ key: String, rule: TextRule? = nil) -> [(place: JSONPlace, text: String)] {
        guard let value = members[key] else { return [] }
        guard case .array(let elements) = value else {
            report(key, "must be an array, not \(value.kind)", remedy: "Write it in square brackets")
            return []
        }
        return elements.enumerated().compactMap { index, element in
            let place = path.member(key).element(index)
            return text(element, at: place, rule).map { (place, $0) }
        }
    }

    /// The objects of an array.
    ///
    /// - Parameter keys: the keys that they may have.
    func objects(_ key: String, keys: [String]) -> [JSONMembers] {
        guard let value = members[key] else { return [] }
        guard case .array(let elements) = value else {
            report(key, "must be an array, not \(value.kind)", remedy: "Write it in square brackets")
            return []
        }
        return elements.enumerated().compactMap { index, element in
            inspection.members(of: element, at: path.member(key).element(index), keys: keys)
        }
    }

    func bool(_ key: String) -> Bool? {
        guard let value = members[key] else { return nil }
        if case .bool(let isTrue) = value { return isTrue }
        report(key, "must be true or false, not \(value.kind)", remedy: "Write it without quotes")
        return nil
    }

    func number(_ key: String) -> Double? {
        switch members[key] {
        case nil: return nil
        case .integer(let number): return Double(number)
        case .double(let number): return number
        case .some(let value):
            report(key, "must be a number, not \(value.kind)", remedy: "Write it without quotes")
            return nil
        }
    }

    /// One of a few words.
    func word(_ key: String, of words: [String]) -> String? {
        guard let text = string(key) else { return nil }
        if words.contains(text) { return text }
        let quoted = words.map { "\"\($0)\"" }
        report(
            key, "must be \(quoted.joined(separator: " or "))", remedy: "Write one of them, or leave it out")
        return nil
    }

    /// - Parameter keys: the keys that the object may have; `nil` allows any.
    func members(_ key: String, keys: [String]? = nil) -> JSONMembers? {
        members[key].flatMap { inspection.members(of: $0, at: path.member(key), keys: keys) }
    }

    func requiredMembers(_ key: String, keys: [String]) -> JSONMembers? {
        guard has(key) else {
            missing(key)
            return nil
        }
        return members(key, keys: keys)
    }

    private func missing(_ key: String) {
        report(key, "is missing", remedy: "Add it")
    }

    private func text(_ value: JSONValue, at place: JSONPlace, _ rule: TextRule?) -> String? {
        guard case .string(let text) = value else {
            inspection.report(
                place, "must be a string, not \(value.kind)", remedy: "Write it in double quotes")
            return nil
        }
        if let rule, !rule.holds(for: text) { inspection.report(place, rule.complaint, remedy: rule.remedy) }
        return text
    }
}

extension JSONValue {
    /// With its article, for messages.
    fileprivate var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
