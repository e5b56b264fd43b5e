/// Asks name servers, by c-ares: many questions at a time, by UDP, and by TCP where an answer is too long for that.
///
/// It needs a recursive name server, as `/etc/resolv.conf` names one; of one that only knows its own zones it is told of those.
package final class DNSResolver: Resolver {
    package struct Configuration: Sendable {
        /// Empty: the system's, of `/etc/resolv.conf`.
        package var servers: [NameServer] = []
        /// How long the first try at a server may take; each further one gets twice the time of the one before.
        package var timeout = Duration.seconds(2)
        /// At each server.
        package var tries = 2

        package init(
            servers: [NameServer] = [], timeout: Duration = .seconds(2), tries: Int = 2
        ) {
            self.servers = servers
            self.timeout = timeout
            self.tries = tries
        }
    }

    private let mailbox: QueryMailbox
    /// How often a question is put again that one of several servers did not know an answer to.
    private let furtherServers: Int

    /// - Throws: a ``StartFailure`` where the system does not let it work, or the configuration is not possible.
    package init(_ configuration: Configuration = Configuration()) throws(StartFailure) {
        (mailbox, furtherServers) = try QueryLoop.launch(configuration)
    }

    /// c-ares or its thread could not be started.
    package struct StartFailure: Error, CustomStringConvertible {
        package let description: String
    }

    deinit { mailbox.close() }

    package func lookUp(_ name: DomainName, _ type: RecordType) async -> Answer {
        var name = name
        var aliases: [DomainName] = []
        while true {
            var answer = await ask(name, type)
            // Another server may know more than one that is broken or not for us.
            for _ in 0..<furtherServers where answer.failure == .serverFailure || answer.failure == .refused {
                answer = await ask(name, type)
            }
            aliases += answer.aliases
            guard aliases.count <= Answer.longestChain, Set(aliases).count == aliases.count else {
                return Answer(.failed(.aliasLoop), aliases: aliases)
            }
            // A server that follows CNAMEs has done so; one that does not has left the rest to us.
            guard answer.outcome == .noData, let target = answer.aliases.last, target != name else {
                return Answer(answer.outcome, aliases: aliases)
            }
            name = target
        }
    }

    private func ask(_ name: DomainName, _ type: RecordType) async -> Answer {
        let query = PendingQuery(name: name, type: type)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                query.wait(continuation)
                mailbox.send(query)
            }
        } onCancel: {
            // c-ares cannot take a question back: its answer comes, or not, and nobody waits for it.
            query.finish(Answer(.failed(.cancelled)))
        }
    }
}
