internal import Testing

/// One sentence of what a port promises, with its proof: the same for every adapter.
///
/// A test takes the clauses as arguments and hands each an adapter on fresh state:
/// `@Test(arguments: ledgerContract) func contract(_ clause: ContractClause<any Ledger>)`.
package struct ContractClause<Port>: Sendable, CustomTestStringConvertible {
    package let sentence: String
    /// Takes the port on state that nobody has used before.
    package let check: @Sendable (_ port: Port) async throws -> Void

    init(_ sentence: String, check: @escaping @Sendable (_ port: Port) async throws -> Void) {
        self.sentence = sentence
        self.check = check
    }

    package var testDescription: String { sentence }
}
