/// The values of one field of a cron expression: `*`, `5`, `1-5`, `FRI-MON`, `MON,FRI`, `0/15`.
struct CronField: Hashable {
    /// Which field it is: its name, its values, and the names that stand for some of them.
    enum Kind: String, Hashable {
        case minutes
        case hours
        case daysOfMonth = "day-of-month"
        case months = "month"
        case daysOfWeek = "day-of-week"
        case years = "year"

        var range: ClosedRange<Int> {
            switch self {
            case .minutes: 0...59
            case .hours: 0...23
            case .daysOfMonth: 1...31
            case .months: 1...12
            case .daysOfWeek: 1...7
            case .years: 1970...2199
            }
        }

        /// Stand for the values from 1 on.
        private var names: [String] {
            switch self {
            case .months:
                ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
            case .daysOfWeek: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
            default: []
            }
        }

        /// One value, a number or a name; `field` is for the message.
        func value(_ text: Substring, in field: Substring) throws(Problem) -> Int {
            if let name = names.firstIndex(of: text.uppercased()) { return name + 1 }
            var scanner = ASCIIScanner(text)
            guard let number = scanner.number(digits: 1...4), scanner.isAtEnd, range.contains(number) else {
                throw problem("\"\(text)\" in \"\(field)\" is no value of it", remedy: remedy)
            }
            return number
        }

        var remedy: String {
            let named = names.first.flatMap { first in names.last.map { " or \(first) to \($0)" } } ?? ""
            return "Use \(range.lowerBound) to \(range.upperBound)\(named)"
        }

        func problem(_ message: String, remedy: String) -> Problem {
            Problem(.invalidInput, "cron field \(rawValue): \(message)", remedy: remedy)
        }
    }

    private let kind: Kind
    /// Bit n stands for the value `kind.range.lowerBound + n`.
    private var bits: [UInt64]

    init(_ text: Substring, _ kind: Kind) throws(Problem) {
        self.kind = kind
        bits = Array(repeating: 0, count: (kind.range.count + 63) / 64)
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            try insert(part, of: text)
        }
    }

    private mutating func insert(_ part: Substring, of text: Substring) throws(Problem) {
        let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
        guard pieces.count <= 2, let base = pieces.first, !base.isEmpty else {
            throw kind.problem("\"\(text)\" is malformed", remedy: kind.remedy)
        }
        var step = 1
        if pieces.count == 2 {
            guard kind != .daysOfWeek else {
                throw kind.problem(
                    "\"\(text)\" has a / , which this field does not take", remedy: "List the days")
            }
            var scanner = ASCIIScanner(pieces[1])
            guard let number = scanner.number(digits: 1...3), scanner.isAtEnd, number > 0,
                number < kind.range.count
            else {
                throw kind.problem(
                    "\"\(pieces[1])\" is no step of \"\(text)\"", remedy: "Use 1 to \(kind.range.count - 1)")
            }
            step = number
        }

        let values: ClosedRange<Int>
        if base == "*" {
            values = kind.range
        } else {
            let ends = base.split(separator: "-", omittingEmptySubsequences: false)
            guard let low = ends.first, ends.count <= 2 else {
                throw kind.problem("\"\(text)\" is malformed", remedy: kind.remedy)
            }
            let first = try kind.value(low, in: text)
            // A start with a step runs to the end of the field: 5/15 is 5, 20, 35, 50.
            let last =
                ends.count == 2
                ? try kind.value(ends[1], in: text) : pieces.count == 2 ? kind.range.upperBound : first
            guard first <= last || kind != .years else {
                throw kind.problem("\"\(base)\" runs backwards", remedy: "Put the earlier year first")
            }
            // A range that ends before it begins goes on at the field's start: hours 20-2 are 20 to 23 and 0 to 2.
            values = first...(first <= last ? last : last + kind.range.count)
        }
        for value in stride(from: values.lowerBound, through: values.upperBound, by: step) {
            let bit = (value - kind.range.lowerBound) % kind.range.count
            bits[bit / 64] |= 1 << UInt64(bit % 64)
        }
    }

    func contains(_ value: Int) -> Bool {
        guard kind.range.contains(value) else { return false }
        let bit = value - kind.range.lowerBound
        return bits[bit / 64] & 1 << UInt64(bit % 64) != 0
    }

    /// The field's values from `start` on, in order.
    func values(from start: Int) -> some Sequence<Int> {
        let first = max(start, kind.range.lowerBound)
        return (first..<max(first, kind.range.upperBound + 1)).lazy.filter(contains)
    }
}
