import Foundation
import Glibc
import HTTP
import TestSupport
import Testing

/// Each test runs in a process of its own: it counts what a whole process holds.
@Suite("A client gives back what it took")
struct ResourceTests {
    @Test("Descriptors and threads go with the client", .timeLimit(.minutes(10)))
    func descriptors() async {
        await #expect(processExitsWith: .success) {
            let server = try await MisbehavingServer()
            func use(_ client: HTTPClient) async throws {
                for scenario in ["ok", "truncated", "chunked", "accept-then-reset"] {
                    _ = try? await client.send(HTTPRequest(method: "GET", url: server.url(scenario)))
                    _ = try? await client.stream(HTTPRequest(method: "GET", url: server.url(scenario)))
                }
                _ = try? await client.send(HTTPRequest(method: "GET", url: "https://localhost:1/"))
            }
            try await use(HTTPClient())
            _ = try await server.state()
            let descriptors = count(in: "/proc/self/fd")
            let threads = count(in: "/proc/self/task")
            for number in 0..<30 {
                let client = HTTPClient()
                try await use(client)
                if number.isMultiple(of: 2) { client.shutdown() }
            }
            // Thirty leaked ones would show; a few come and go with Swift's own threads and the observer.
            while count(in: "/proc/self/fd") > descriptors + 5 || count(in: "/proc/self/task") > threads + 10
            {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    @Test("Sockets are not inherited by child processes", .timeLimit(.minutes(10)))
    func closeOnExec() async {
        await #expect(processExitsWith: .success) {
            let server = try await MisbehavingServer()
            let client = HTTPClient()
            _ = try await client.send(HTTPRequest(method: "GET", url: server.url("ok")))
            var sockets = 0
            // However many the process was born with.
            for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
                guard let descriptor = Int32(name) else { continue }
                var address = sockaddr_in()
                var length = socklen_t(MemoryLayout<sockaddr_in>.size)
                let isConnected = withUnsafeMutablePointer(to: &address) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        getpeername(descriptor, $0, &length) == 0
                    }
                }
                guard isConnected, Int(UInt16(bigEndian: address.sin_port)) == server.port else { continue }
                sockets += 1
                #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
            }
            #expect(sockets >= 1)
            _ = try await client.send(HTTPRequest(method: "GET", url: server.url("ok")))
        }
    }

    @Test("Proxies of the environment are not used", .timeLimit(.minutes(10)))
    func proxies() async {
        await #expect(processExitsWith: .success) {
            let server = try await MisbehavingServer()
            for name in ["http_proxy", "all_proxy", "ALL_PROXY"] { setenv(name, "http://127.0.0.1:1", 1) }
            let response = try await HTTPClient().send(HTTPRequest(method: "GET", url: server.url("ok")))
            #expect(response.status == 200)
        }
    }
}

private func count(in folder: String) -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: folder))?.count ?? 0
}
