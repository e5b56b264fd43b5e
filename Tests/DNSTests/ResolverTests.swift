import DNS
import Foundation
import Glibc
import TestSupport
import Testing

/// Against a real name server on loopback.
@Suite("Resolver", .timeLimit(.minutes(10)))
struct ResolverTests {
    private static let zone = """
        @ A 192.0.2.1
        @ A 192.0.2.2
        @ AAAA 2001:db8::1
        @ MX 20 mail2
        @ MX 10 mail1
        @ TXT "v=spf1 " "-all"
        text TXT "a" "\\000\\255"
        alias CNAME target
        target TXT "found"
        outside CNAME target.example.net.
        dangling CNAME nowhere
        circle CNAME circle2
        circle2 CNAME circle
        empty A 192.0.2.3
        long TXT \((0..<40).map { "\"\($0) \(String(repeating: "x", count: 200))\"" }.joined(separator: " "))
        null MX 0 .
        pointer PTR host
        """

    private func withResolver<Result>(
        _ body: (DNSResolver, TestServer) async throws -> Result
    ) async throws -> Result {
        try await withNameServer(
            zones: ["example.com": Self.zone, "example.net": "target TXT \"elsewhere\""],
            broken: ["broken.example"]
        ) { server in try await body(DNSResolver(.asking(server.port)), server) }
    }

    @Test("records of each kind are read")
    func records() async throws {
        try await withResolver { resolver, _ in
            let expected: [(String, RecordType, Set<String>)] = [
                ("EXAMPLE.com", .a, ["192.0.2.1", "192.0.2.2"]), ("example.com", .aaaa, ["2001:db8::1"]),
                ("example.com", .mx, ["10 mail1.example.com.", "20 mail2.example.com."]),
                ("null.example.com", .mx, ["0 ."]), ("example.com", .txt, [#""v=spf1 " "-all""#]),
                ("text.example.com", .txt, [#""a" "\000\255""#]), ("example.com", .ns, ["ns.example.com."]),
                ("pointer.example.com", .ptr, ["host.example.com."]),
                ("alias.example.com", .cname, ["target.example.com."]),
                ("example.com", .soa, ["ns.example.com. hostmaster.example.com. 1"]),
            ]
            for (text, type, records) in expected {
                let answer = await resolver.lookUp(try #require(DomainName(text)), type)
                #expect(Set(answer.records.map(\.description)) == records)
            }
            let exchanges = await resolver.lookUp(try #require(DomainName("example.com")), .mx).exchanges
            #expect(exchanges.map(\.preference) == [10, 20])
        }
    }

    @Test("what is not there, what fails and what is refused are told apart")
    func outcomes() async throws {
        try await withResolver { resolver, _ in
            let expected: [(String, Answer.Outcome)] = [
                ("nowhere.example.com", .noSuchName), ("empty.example.com", .noData),
                ("a.broken.example", .failed(.serverFailure)), ("example.org", .failed(.refused)),
            ]
            for (text, outcome) in expected {
                let name = try #require(DomainName(text))
                let answer = await resolver.lookUp(name, .txt)
                #expect(answer.outcome == outcome, "\(text)")
            }
        }
    }

    @Test("CNAMEs are followed, also where the server does not, and a circle ends")
    func aliases() async throws {
        try await withResolver { resolver, _ in
            func ask(_ name: String) async throws -> Answer {
                await resolver.lookUp(try #require(DomainName(name)), .txt)
            }
            let alias = try await ask("alias.example.com")
            #expect(alias.texts == [Array("found".utf8)])
            #expect(alias.aliases == [DomainName("target.example.com")])
            let outside = try await ask("outside.example.com")
            #expect(outside.texts == [Array("elsewhere".utf8)])
            let dangling = try await ask("dangling.example.com")
            #expect(dangling.outcome == .noSuchName)
            #expect(dangling.aliases == [DomainName("nowhere.example.com")])
            let circle = try await ask("circle.example.com")
            #expect(circle.outcome == .failed(.aliasLoop))
        }
    }

    @Test("an answer too long for UDP comes by TCP")
    func long() async throws {
        try await withResolver { resolver, _ in
            let name = try #require(DomainName("long.example.com"))
            #expect(await resolver.lookUp(name, .txt).texts.first?.count ?? 0 > 8000)
        }
    }

    @Test("hundreds of questions are open at a time")
    func many() async throws {
        try await withResolver { _, server in
            // UDP may lose some of so many.
            var configuration = DNSResolver.Configuration.asking(server.port)
            (configuration.timeout, configuration.tries) = (.milliseconds(500), 5)
            let resolver = try DNSResolver(configuration)
            let name = try #require(DomainName("example.com"))
            let count = await withTaskGroup { group in
                for number in 0..<500 {
                    group.addTask {
                        await resolver.lookUp(name, number % 2 == 0 ? .a : .txt).records.isEmpty ? 0 : 1
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(count == 500)
        }
    }

    @Test("a server that is silent is a time-out, one that is not there cannot be reached")
    func silence() async throws {
        let name = try #require(DomainName("example.com"))
        let silent = try UDPServer { _ in nil }
        let impatient = DNSResolver.Configuration(
            servers: [NameServer(address: .loopback, port: silent.port)], timeout: .milliseconds(100),
            tries: 2)
        let late = try await DNSResolver(impatient).lookUp(name, .a)
        #expect(late.outcome == .failed(.timeout))
        let port = try TestServer.freePort()
        let lost = try await DNSResolver(.asking(port)).lookUp(name, .a)
        #expect(lost.outcome == .failed(.unreachable))
    }

    @Test("a cancelled task does not wait for its answer")
    func cancellation() async throws {
        let name = try #require(DomainName("example.com"))
        let silent = try UDPServer { _ in nil }
        let resolver = try DNSResolver(
            .init(servers: [NameServer(address: .loopback, port: silent.port)], timeout: .seconds(30)))
        let task = Task { await resolver.lookUp(name, .a) }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        #expect(await task.value.outcome == .failed(.cancelled))
    }

    @Test("an answer that is none is malformed")
    func malformed() async throws {
        let name = try #require(DomainName("example.com"))
        let liar = try UDPServer { question in
            // An answer that promises five records and has none.
            var answer = question
            answer[2] |= 0x80
            answer[7] = 5
            return answer
        }
        let resolver = try DNSResolver(.asking(Int(liar.port)))
        #expect(await resolver.lookUp(name, .a).outcome == .failed(.malformed))
    }

    @Test("another server is asked where one refuses")
    func otherServer() async throws {
        try await withResolver { _, good in
            let refusing = try UDPServer { question in
                var answer = question
                answer[2] |= 0x80
                answer[3] = answer[3] & 0xF0 | 5
                return answer
            }
            let resolver = try DNSResolver(
                .init(servers: [
                    NameServer(address: .loopback, port: refusing.port),
                    NameServer(address: .loopback, port: UInt16(good.port)),
                ]))
            let name = try #require(DomainName("example.com"))
            for _ in 0..<4 { #expect(await resolver.lookUp(name, .a).addresses.count == 2) }
        }
    }
}

extension IPAddress {
    static let loopback = IPAddress("127.0.0.1") ?? IPAddress(bytes: [127, 0, 0, 1])!
}

extension DNSResolver.Configuration {
    static func asking(_ port: Int) -> DNSResolver.Configuration {
        .init(servers: [NameServer(address: .loopback, port: UInt16(port))])
    }
}

/// Answers questions, or not, as the test says. Its thread ends with it.
final class UDPServer: Sendable {
    let port: UInt16
    private let descriptor: Int32

    init(_ answer: @escaping @Sendable ([UInt8]) -> [UInt8]?) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        try #require(result == 0)
        self.descriptor = descriptor
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 1500)
            var sender = sockaddr_in()
            while true {
                var length = socklen_t(MemoryLayout<sockaddr_in>.size)
                let isOver = withUnsafeMutablePointer(to: &sender) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { sender in
                        let count = recvfrom(descriptor, &buffer, buffer.count, 0, sender, &length)
                        // `shutdown` wakes with nothing.
                        guard count > 0 else { return true }
                        if let bytes = answer(Array(buffer.prefix(count))) {
                            sendto(descriptor, bytes, bytes.count, 0, sender, length)
                        }
                        return false
                    }
                }
                if isOver { break }
            }
            close(descriptor)
        }
    }

    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
