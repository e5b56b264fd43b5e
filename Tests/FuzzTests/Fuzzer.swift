import Foundation

private let parser: FuzzedParser = {
    let name = ProcessInfo.processInfo.environment["FUZZED"] ?? ""
    guard let parser = FuzzedParser(rawValue: name) else {
        let known = FuzzedParser.allCases.map(\.rawValue).joined(separator: ", ")
        FileHandle.standardError.write(Data("FUZZED must name a parser: \(known)\n".utf8))
        exit(64)
    }
    return parser
}()

/// What libFuzzer, whose main this program has, calls for each input it thinks of (https://llvm.org/docs/LibFuzzer.html).
@_cdecl("LLVMFuzzerTestOneInput")
public func feed(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try parser.feed(Array(UnsafeBufferPointer(start: bytes, count: count)))
    } catch {
        fatalError("\(error)")
    }
    return 0
}
