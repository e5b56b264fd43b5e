internal import Campaigns

/// Problems in the form that `--json` prints.
struct ProblemReport: Encodable {
    struct Entry: Encodable {
        var kind: String
        var file: String?
        var line: Int?
        var column: Int?
        var key: String?
        var message: String
        var remedy: String?

        init(_ problem: Problem) {
            kind = problem.kind.rawValue
            file = problem.file
            line = problem.line
            column = problem.column
            key = problem.key
            message = problem.message
            remedy = problem.remedy
        }
    }
    var problems: [Entry]

    init(_ problems: [Problem]) { self.problems = problems.map(Entry.init) }
}
