internal import ArgumentParser
internal import Campaigns

extension Problem.Kind {
    /// The exit status that tells this kind of failure (sysexits.h).
    var exitCode: ExitCode {
        switch self {
        case .usage: ExitCode(64)
        case .invalidInput: ExitCode(65)
        case .notFound: ExitCode(66)
        case .unavailable: ExitCode(69)
        case .software: ExitCode(70)
        case .refused: .notFinished
        case .accessDenied: ExitCode(77)
        case .configuration: ExitCode(78)
        }
    }
}

extension ExitCode {
    /// The run ended, but nobody knows what became of some mails (EX_IOERR).
    static let uncertain = ExitCode(74)
    /// The run has not ended (EX_TEMPFAIL).
    static let notFinished = ExitCode(75)
}

/// Runs a command's body, and turns what it throws into messages on standard error and an exit status.
func reportingProblems(asJSON: Bool, _ body: () async throws -> Void) async throws {
    let problems: [Problem]
    do {
        return try await body()
    } catch let problem as Problem {
        problems = [problem]
    } catch let all as Problems {
        problems = all.all
    } catch let code as ExitCode {
        throw code
    } catch is CancellationError {
        problems = [
            Problem(
                .refused, "interrupted; the mails under way have ended",
                remedy: "Give the same command again to go on where it stood")
        ]
    } catch {
        problems = [Problem(.software, "\(error)")]
    }
    if asJSON { try Console.printJSON(ProblemReport(problems)) }
    for problem in problems { Console.complain("error: \(problem)") }
    throw problems.first?.kind.exitCode ?? ExitCode(70)
}

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
    }
    var problems: [Entry]

    init(_ problems: [Problem]) {
        self.problems = problems.map {
            Entry(
                kind: $0.kind.rawValue, file: $0.file, line: $0.line, column: $0.column, key: $0.key,
                message: $0.message, remedy: $0.remedy)
        }
    }
}
