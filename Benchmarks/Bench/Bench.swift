internal import Glibc

/// Runs one benchmark and prints its figures as one JSON object; `Benchmarks/run` calls it beside the peers.
@main
enum Bench {
    static func main() async {
        var arguments = Array(CommandLine.arguments.dropFirst())
        guard let name = arguments.isEmpty ? nil : arguments.removeFirst() else { usage() }
        do {
            switch (name, arguments.count) {
            case ("plan", 1): try await PlanningBenchmark.run(folder: arguments[0])
            case ("send", 3):
                try await SendingBenchmark.run(
                    url: arguments[0], folder: arguments[1], authority: arguments[2])
            case ("feedback", 1): try await FeedbackBenchmark.run(folder: arguments[0])
            case ("render", 1): try RenderingBenchmark.run(template: arguments[0])
            default: usage()
            }
        } catch {
            fail("\(error)")
        }
    }

    private static func usage() -> Never {
        fail(
            """
            usage: jada-blast-bench plan FOLDER
                   jada-blast-bench send URL FOLDER CERTIFICATE-FILE
                   jada-blast-bench feedback FOLDER
                   jada-blast-bench render TEMPLATE
            """)
    }

    private static func fail(_ message: String) -> Never {
        let line = message + "\n"
        _ = line.withCString { write(2, $0, strlen($0)) }
        exit(1)
    }
}
