import Foundation

/// Runs nsd, an authoritative name server, on a loopback port for the length of the closure.
///
/// - Parameters:
///   - zones: for each zone's name, the records of its file. `$ORIGIN`, a TTL, an SOA and an NS record are put in front.
///   - broken: zones that the server is configured for and cannot load: it answers SERVFAIL for them.
package func withNameServer<Result>(
    zones: [String: String], broken: [String] = [], _ body: (TestServer) async throws -> Result
) async throws -> Result {
    try await withTemporaryFolder { folder in
        var configuration = ""
        for (zone, records) in zones {
            let text = """
                $ORIGIN \(zone).
                $TTL 60
                @ SOA ns hostmaster 1 3600 600 86400 60
                @ NS ns
                ns A 127.0.0.1
                \(records)

                """
            try Data(text.utf8).write(to: folder.appendingPathComponent("\(zone).zone"))
        }
        for zone in zones.keys.sorted() + broken {
            configuration += "zone:\n  name: \"\(zone)\"\n  zonefile: \"\(zone).zone\"\n"
        }
        let file = folder.appendingPathComponent("nsd.conf")
        let server = try await TestServer(
            "/usr/sbin/nsd",
            arguments: { port in
                let text = """
                    server:
                      ip-address: 127.0.0.1@\(port)
                      do-ip6: no
                      server-count: 1
                      username: ""
                      chroot: ""
                      database: ""
                      pidfile: ""
                      zonesdir: "\(folder.path)"
                      zonelistfile: "\(folder.path)/zone.list"
                      xfrdfile: "\(folder.path)/xfrd.state"
                      xfrdir: "\(folder.path)"
                      rrl-ratelimit: 0
                    remote-control:
                      control-enable: no

                    """
                // A write that fails shows as the server's failure to start.
                try? Data((text + configuration).utf8).write(to: file)
                return ["-d", "-c", file.path]
            })
        defer { server.stop() }
        return try await body(server)
    }
}
