package import Campaigns
package import Handlers
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOPosix

/// An HTTP/1.1 server for what answers web requests, behind a proxy that speaks TLS.
///
/// Each connection is for one request, and has limited time for it. There are only so many at once; more wait to be accepted.
package struct WebServer: Sendable {
    /// Where to listen: `127.0.0.1:8080` or `[::1]:8080`.
    package struct Address: Sendable, Hashable, CustomStringConvertible {
        package var host: String
        /// 0 is any that is free.
        package var port: Int

        package init?(_ text: String) {
            guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...])
            else { return nil }
            var host = text[..<colon]
            if host.first == "[", host.last == "]" {
                host = host.dropFirst().dropLast()
            } else if host.contains(":") {
                return nil
            }
            guard !host.isEmpty else { return nil }
            self.init(host: String(host), port: Int(port))
        }

        init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    /// For the requests under way when it ends.
    private static let drainTime = Duration.seconds(10)

    private let address: Address
    private let log: any Log
    private let requestTime: Duration
    private let mostConnections: Int
    private let longestBody: Int
    private let respond: @Sendable (WebRequest) async -> WebResponse

    /// - Parameters:
    ///   - requestTime: from a connection's beginning to the end of its request.
    ///   - mostConnections: at once.
    ///   - longestBody: of a request, in bytes; it is kept in memory.
    package init(
        address: Address, log: any Log, requestTime: Duration = .seconds(10), mostConnections: Int = 256,
        longestBody: Int = UnsubscribeEndpoint.longestBody,
        respond: @escaping @Sendable (WebRequest) async -> WebResponse
    ) {
        self.address = address
        self.log = log
        self.requestTime = requestTime
        self.mostConnections = mostConnections
        self.longestBody = longestBody
        self.respond = respond
    }

    /// Serves as long as `body` runs; then the requests under way end.
    ///
    /// - Parameter body: begins once the server listens, at the address that it is given.
    /// - Throws: a ``Problem`` if it cannot listen; what `body` throws.
    package func serve<Result: Sendable>(
        while body: @escaping @Sendable (Address) async throws -> Result
    ) async throws -> Result {
        let (listening, tellListening) = AsyncStream.makeStream(of: Address.self)
        let server = Server(
            childChannelSetup: RequestChannel(
                requestTime: TimeAmount(requestTime), longestBody: longestBody, respond: respond),
            configuration: ServerConfiguration(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: MaximumAvailableConnections(mostConnections)),
            onServerRunning: { channel in
                var address = address
                address.port = channel.localAddress?.port ?? address.port
                tellListening.yield(address)
            },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "WebServer") { _ in ServerLog(log: log) })
        // Not ended with our own task: what is under way must be able to end.
        let serving = Task {
            defer { tellListening.finish() }
            try await server.run()
        }
        func drain() async {
            let limit = Task {
                try await Task.sleep(for: Self.drainTime)
                serving.cancel()
            }
            try? await server.shutdownGracefully()
            _ = await serving.result
            limit.cancel()
        }
        guard let address = await listening.first(where: { _ in true }) else {
            if Task.isCancelled { await drain() }
            if case .failure(let error) = await serving.result { throw cannotListen(error) }
            throw CancellationError()
        }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body(address) }
            group.addTask {
                try await serving.value
                return nil
            }
            do {
                guard let result = try await group.next() ?? nil else {
                    throw Problem(.software, "the web server has ended by itself")
                }
                await drain()
                return result
            } catch {
                group.cancelAll()
                await drain()
                throw error
            }
        }
    }

    private func cannotListen(_ error: any Error) -> Problem {
        Problem(
            .unavailable, key: "--listen", "cannot listen on \(address): \(error)",
            remedy: "Name an address of this machine and a port that is free")
    }
}

/// The server's log, in ours: what goes wrong in it.
private struct ServerLog: LogHandler {
    let log: any Log
    var logLevel = Logger.Level.warning
    var metadata: Logger.Metadata = [:]

    init(log: any Log) { self.log = log }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        log.write(event.level >= .error ? .error : .warning, "Web server", [("problem", "\(event.message)")])
    }
}
