import DNS

/// Answers from data.
struct ZoneResolver: Resolver {
    struct Node {
        var records: [(RecordType, Record)] = []
        /// Whatever it has no record for is not answered.
        var isSilent = false
    }
    var nodes: [DomainName: Node] = [:]

    mutating func add(_ name: String, _ type: RecordType, _ record: Record) {
        guard let name = DomainName(name) else { return }
        nodes[name, default: Node()].records.append((type, record))
    }

    func lookUp(_ name: DomainName, _ type: RecordType) async -> Answer {
        var name = name
        var aliases: [DomainName] = []
        while true {
            guard let node = nodes[name] else {
                let hasNamesBelow = nodes.keys.contains { $0.isWithin(name) }
                return Answer(hasNamesBelow ? .noData : .noSuchName, aliases: aliases)
            }
            let found = node.records.filter { $0.0 == type }.map(\.1)
            if !found.isEmpty { return Answer(.records(found), aliases: aliases) }
            if case .name(let target)? = node.records.first(where: { $0.0 == .cname })?.1 {
                guard aliases.count < Answer.longestChain else {
                    return Answer(.failed(.aliasLoop), aliases: aliases)
                }
                aliases.append(target)
                name = target
                continue
            }
            return Answer(node.isSilent ? .failed(.timeout) : .noData, aliases: aliases)
        }
    }
}
