import Foundation
import TestSupport
import Testing

@Suite("Unsubscribing by the daemon's page", .timeLimit(.minutes(10)))
struct UnsubscribeTests {
    private func follow(_ link: String, _ way: String, in place: Workplace) async throws {
        let ended = try await place.run(
            Checkout.python, [Checkout.support("http/one_click.py"), link, way],
            environment: ["PYTHONPATH": ""])
        #expect(ended.status == 0, "\(way): \(ended.errors)\(ended.output)")
    }

    @Test(
        "mail services and people leave by the links in their mails, scanners leave nobody, and the next run obeys"
    )
    func links() async throws {
        try await Workplace.open { place in
            try place.shortenList(to: 8)
            #expect(try await place.run(["invoke", Workplace.event("campaign")]).status == 0)
            let mails = try await place.openMails()
            #expect(mails.count == 8)
            try await place.withListeningDaemon { address in
                for (index, way) in ["scanner", "urllib", "multipart", "curl", "undo"].enumerated() {
                    let link = mails[index].unsubscribe.dropFirst().dropLast()
                    let page = try #require(link.firstIndex(of: "?"))
                    try await follow("http://\(address)/\(link[page...])", way, in: place)
                }
            }
            let left = Set(mails[1...3].map(\.to))
            let again = try await place.run(["invoke", Workplace.event("campaign"), "--again", "--json"])
            let counts = try #require(again.object()["counts"] as? [String: Int])
            #expect(counts["suppressed"] == 3 && counts["accepted"] == 5)
            let second = try await place.openMails().map(\.to)
            #expect(
                Dictionary(grouping: second) { $0 }.filter { $0.value.count == 1 }.keys.sorted()
                    == left.sorted())

            let listed = try await place.run(["suppression", "list", "--csv"])
            #expect(
                listed.output.split(separator: "\n").dropFirst().allSatisfy { $0.contains(",unsubscribe,") })
            #expect(listed.output.components(separatedBy: "link in paul-simon").count == 4)
        }
    }

    @Test("a proxy in front hands requests on, and the page names whose mailings they are")
    func proxy() async throws {
        try await Workplace.open { place in
            try place.shortenList(to: 2)
            #expect(try await place.run(["invoke", Workplace.event("campaign")]).status == 0)
            let mails = try await place.openMails()
            try await place.withListeningDaemon(environment: ["JADA_BLAST_SENDER_NAME": "JADA <Sailing>"]) {
                address in
                let proxying = "location /unsubscribe { proxy_pass http://\(address); }"
                try await withNginx(serverDirectives: proxying) { nginx in
                    let url = nginx.url
                    for (index, way) in ["scanner", "curl"].enumerated() {
                        let link = mails[index].unsubscribe.dropFirst().dropLast()
                        let page = try #require(link.firstIndex(of: "?"))
                        try await follow("\(url)/unsubscribe\(link[page...])", way, in: place)
                        let asked = try await place.run(
                            "/usr/bin/curl",
                            ["--silent", "--max-time", "20", "\(url)/unsubscribe\(link[page...])"])
                        #expect(asked.output.contains("<header>JADA &lt;Sailing&gt;</header>"))
                    }
                }
            }
        }
    }

    @Test(
        "in a browser the pages are accessible, fit the screen, and load and run nothing"
    )
    func browser() async throws {
        try await Workplace.open { place in
            try place.shortenList(to: 2)
            #expect(try await place.run(["invoke", Workplace.event("campaign")]).status == 0)
            let mails = try await place.openMails()
            #expect(try await place.run(["suppression", "add", mails[1].to]).status == 0)
            try await place.withListeningDaemon(environment: ["JADA_BLAST_SENDER_NAME": "JADA Sailing"]) {
                address in
                let links = try mails.map { mail in
                    let link = mail.unsubscribe.dropFirst().dropLast()
                    return "http://\(address)/\(link[try #require(link.firstIndex(of: "?"))...])"
                }
                let ended = try await place.run(
                    Checkout.python, [Checkout.support("http/browse.py")] + links)
                #expect(ended.status == 0, "\(ended.errors)")
                #expect(ended.output == "[]\n")
            }
        }
    }

    @Test("without SES, a key that lies in SSM is refused, and no known one takes its place")
    func unreadableKey() async throws {
        try await Workplace.open { place in
            let ended = try await place.run(
                ["daemon", "--listen", "127.0.0.1:0", "--json"],
                environment: ["JADA_BLAST_UNSUBSCRIBE_KEY_PARAMETER": "/jada-blast/unsubscribe-key"])
            #expect(ended.status == 78)
            #expect(ended.output.contains("Give --mailer ses"))
        }
    }

    @Test(
        "an address at which it cannot listen ends it at start",
        arguments: [("192.0.2.1:0", 69), ("nowhere", 64), ("127.0.0.1:99999", 64)] as [(String, Int32)])
    func cannotListen(address: String, status: Int32) async throws {
        try await Workplace.open { place in
            let ended = try await place.run(["daemon", "--listen", address])
            #expect(ended.status == status)
            #expect(ended.errors.contains("--listen"))
        }
    }
}
