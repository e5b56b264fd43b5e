import Locks

@testable import DNS
@testable import DomainAudit

/// A message, or records of text, a line each.
func feedRecords(_ bytes: [UInt8]) throws {
    try feedMessage(bytes)
    let lines = bytes.split(separator: 10).map(Array.init)
    for line in lines {
        if let record = DMARCRecord(line) {
            for text in record.errors + record.remarks { try mustBePrintable(text) }
            if record.policy == nil, record.errors.isEmpty {
                throw BrokenPromise("a DMARC record counts for nothing, and it is not told why")
            }
        }
        switch Result(catching: { () throws(DKIMKey.ReadError) in try DKIMKey(line) }) {
        case .success(let key):
            if case .rsa(let bits) = key.kind, bits > line.count * 8 {
                throw BrokenPromise("a key is longer than its record")
            }
        case .failure(let error): try mustBePrintable(error.reason)
        }
    }
    _ = try? MTASTSPolicy(bytes)
    try feedSPF(lines)
}

private func feedMessage(_ bytes: [UInt8]) throws {
    guard let message = bytes.withUnsafeBytes({ try? Message($0) }) else { return }
    for entry in message.records {
        try mustBePrintable("\(entry.owner) \(entry.record)")
        guard DomainName(labels: entry.owner.labels) == entry.owner else {
            throw BrokenPromise("a name is none: \(entry.owner)")
        }
        for type in RecordType.allCases {
            let answer = message.answer(to: entry.owner, type)
            if answer.outcome == .records([]) {
                throw BrokenPromise("an answer has no records, and says it has")
            }
            if answer.aliases.count > Answer.longestChain {
                throw BrokenPromise("CNAMEs are followed too far")
            }
        }
    }
}

private func feedSPF(_ lines: [[UInt8]]) throws {
    for line in lines where SPFRecord.isOne(line) {
        let read = Result { () throws(SPFRecord.SyntaxError) in try SPFRecord(line) }
        switch read {
        case .success(let record): for directive in record.directives { try mustBePrintable(directive.text) }
        case .failure(let error): try mustBePrintable("\(error)")
        }
    }
    guard let client = IPAddress(lines.count % 2 == 0 ? "192.0.2.1" : "2001:db8::1") else { return }
    let check = SPFCheck(
        resolver: LineResolver(lines: lines), client: client, sender: lines.first ?? [],
        helo: lines.last ?? [])
    guard let domain = DomainName("start.example"), let verdict = run({ await check.check(domain) }) else {
        throw BrokenPromise("an SPF record is not evaluated to its end")
    }
    let isError = verdict.result == .permerror || verdict.result == .temperror
    if isError != (verdict.reason != nil) { throw BrokenPromise("an error of SPF has no reason: \(verdict)") }
    if let reason = verdict.reason { try mustBePrintable(reason) }
    if verdict.lookups > SPFCheck.maximumLookups + 1 || verdict.voidLookups > SPFCheck.maximumVoidLookups + 1
    {
        throw BrokenPromise("SPF looks up too much: \(verdict)")
    }
}

private func mustBePrintable(_ text: String) throws {
    if !text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
        throw BrokenPromise("a text has other than printable ASCII: \(Array(text.utf8))")
    }
}

/// Answers each question with one of the lines, by the name's length.
private struct LineResolver: Resolver {
    var lines: [[UInt8]]

    func lookUp(_ name: DomainName, _ type: RecordType) async -> Answer {
        guard !lines.isEmpty else { return Answer(.noSuchName) }
        let line = lines[name.description.utf8.count % lines.count]
        switch type {
        case .txt: return Answer(.records([.text([line])]))
        case .a, .aaaa:
            let address = IPAddress(bytes: Array(line.prefix(type == .a ? 4 : 16)))
            return address.map { Answer(.records([.address($0)])) } ?? Answer(.noData)
        case .mx, .ptr, .ns, .cname, .soa:
            guard let name = DomainName(bytes: line) else { return Answer(.failed(.timeout)) }
            return Answer(.records([type == .mx ? .exchange(preference: 0, name) : .name(name)]))
        }
    }
}

// MARK: - Tasks without threads

/// Runs a task to its end on this thread; `nil` where it waits for something that does not come from its own jobs.
private func run<Result: Sendable>(_ body: @escaping @Sendable () async -> Result) -> Result? {
    let executor = ThisThread()
    let box = ResultBox<Result>()
    Task(executorPreference: executor) { box.set(await body()) }
    executor.drain()
    return box.value
}

private final class ResultBox<Value: Sendable>: Sendable {
    private let kept = Mutex<Value?>(nil)
    var value: Value? { kept.withLock { $0 } }
    func set(_ value: Value) { kept.withLock { $0 = value } }
}

/// Keeps jobs until it is told to run them.
private final class ThisThread: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    func drain() {
        while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
