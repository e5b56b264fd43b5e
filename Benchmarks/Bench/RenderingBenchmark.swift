internal import Campaigns
internal import Foundation

/// Renders one template for row after row.
enum RenderingBenchmark {
    private static let rounds = 20_000

    /// - Parameter template: an HTML template; each of its variables gets a value with characters to escape.
    static func run(template: String) throws {
        let source = try String(contentsOfFile: template, encoding: .utf8)
        let compiled = try MustacheTemplate(source, file: template, escaping: .html)
        let names = compiled.variables.map(\.name)
        let row = compiled.bound(to: names)
        let values = names.map { "Julio & Kathy of \($0)" }
        let measurement = Measurement()
        var bytes = 0
        for _ in 0..<rounds { bytes += row.render(values).utf8.count }
        measurement.report([
            "renderings": Double(rounds), "bytes": Double(bytes / rounds), "variables": Double(names.count),
        ])
    }
}
