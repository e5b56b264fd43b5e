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
        case .software: .software
        case .refused: .notFinished
        case .accessDenied: ExitCode(77)
        case .configuration: ExitCode(78)
        }
    }
}

extension ExitCode {
    /// A defect of this program (EX_SOFTWARE).
    static let software = ExitCode(70)
    /// The run ended, but nobody knows what became of some mails (EX_IOERR).
    static let uncertain = ExitCode(74)
    /// The run has not ended (EX_TEMPFAIL).
    static let notFinished = ExitCode(75)
}

/// Runs a command's body, and turns what it throws into messages on standard error and an exit status.
///
/// - Parameter asJSON: whether the problems also go to standard output, as the command's one JSON object. A body that has
///   printed its own throws an `ExitCode`.
func reportingProblems(asJSON: Bool, _ body: () async throws -> Void) async throws {
    let problems: [Problem]
    do {
        try await body()
        return try Console.requireAllPrinted()
    } catch let code as ExitCode {
        throw code
    } catch {
        problems = Problem.all(in: error)
    }
    if asJSON { try Console.printJSON(ProblemReport(problems)) }
    throw tell(problems)
}

/// Tells problems to a person.
///
/// - Returns: the exit status that they come to: the first one's.
func tell(_ problems: [Problem]) -> ExitCode {
    for problem in problems { Console.tell("error: \(problem)") }
    return problems.first?.kind.exitCode ?? .software
}

extension Problem {
    /// What an error tells a person.
    static func all(in error: any Error) -> [Problem] {
        switch error {
        case let problem as Problem: [problem]
        case let problems as Problems: problems.all
        case is CancellationError:
            [
                Problem(
                    .refused, "interrupted; no mail is under way any more",
                    remedy: "Give the same command again to go on where it stood")
            ]
        default: [Problem(.software, "\(error)")]
        }
    }
}
