/// What one call of `JSONEncoder.encode` builds.
final class EncodedTree {
    let depthLimit: Int
    private(set) var root = OwnedNode.null()
    /// Set where a method that must not throw met an error; the next one that may throws it.
    private var failure: JSONError?

    init(depthLimit: Int) { self.depthLimit = depthLimit }

    func encode<Value: Encodable>(_ value: Value) throws {
        try ValueEncoder(tree: self, place: .root, path: .root, depth: 0).encodeWhole(value)
        try check()
    }

    func check() throws {
        if let failure { throw failure }
    }

    /// Notes that a container begins at `depth`, counted from 1.
    func enter(depth: Int) {
        guard depth > depthLimit, failure == nil else { return }
        failure = JSONError(
            kind: .tooDeep, path: JSONPath.root,
            message: "more than \(depthLimit) arrays and objects within each other")
    }

    func put(_ node: OwnedNode, at place: Place) {
        switch place {
        case .root: root = node
        case .member(let object, let key): object.setMember(key, to: node)
        case .element(let array, let index): array.setElement(index, to: node)
        }
    }
}

/// Where in the tree a value goes.
enum Place {
    case root
    case member(of: OwnedNode, key: String)
    /// Taken by a `null` until the value comes.
    case element(of: OwnedNode, index: Int)
}
