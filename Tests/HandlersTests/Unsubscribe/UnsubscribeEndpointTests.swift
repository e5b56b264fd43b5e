import Campaigns
import Delivery
import Foundation
import HostAdapters
import LocalAdapters
import Locks
import TestSupport
import Testing

@testable import Handlers

@Suite("The unsubscribe page (RFC 8058)", .timeLimit(.minutes(10)))
struct UnsubscribeEndpointTests {
    private static let oneClick = "List-Unsubscribe=One-Click"

    @Test(
        "a mail service's POST unsubscribes at once: 200, plain text, no redirect, no cookie; again it changes nothing",
        arguments: [
            (nil, oneClick), ("application/x-www-form-urlencoded", oneClick),
            ("application/x-www-form-urlencoded; charset=utf-8", oneClick + "&x=y"),
            (
                "multipart/form-data; boundary=---FormBoundaryjWmhtjORrn",
                """
                -----FormBoundaryjWmhtjORrn\r
                Content-Disposition: form-data; name="List-Unsubscribe"\r
                \r
                One-Click\r
                -----FormBoundaryjWmhtjORrn--\r

                """
            ),
        ])
    func mailService(contentType: String?, body: String) async throws {
        try await Place.open { place async throws in
            for _ in 0..<2 {
                let answer = await place.post(body, contentType: contentType)
                #expect(answer.status == 200)
                #expect(answer.body == "You are unsubscribed.\n")
                #expect(answer["Content-Type"] == "text/plain; charset=utf-8")
                #expect(answer["Location"] == nil && answer["Set-Cookie"] == nil)
            }
            let entry = try #require(try await place.listed())
            #expect(entry.reason == .unsubscribe && entry.source == "link in cruise")
            #expect(!place.log.text.contains("ann"))
        }
    }

    @Test("a scanner that follows the link changes nothing; the page asks, and its button unsubscribes")
    func scanner() async throws {
        try await Place.open { place async throws in
            let asked = await place.get()
            #expect(asked.status == 200)
            #expect(asked.body.contains("<h1>Unsubscribe?</h1>"))
            #expect(asked.body.contains(#"<button name="action" value="unsubscribe">Unsubscribe</button>"#))
            #expect(asked.body.contains("a…n@example.org") && !asked.body.contains("ann@"))
            #expect(try await !place.isListed())

            let done = await place.post("action=unsubscribe")
            #expect(done.status == 200 && done.body.contains("<h1>You are unsubscribed</h1>"))
            #expect(done.body.contains(#"value="undo""#))
            #expect(try await place.isListed())

            let undone = await place.post("action=undo")
            #expect(undone.status == 200 && undone.body.contains("<h1>You are subscribed again</h1>"))
            #expect(try await !place.isListed())
        }
    }

    @Test("an undo leaves a complaint, a bounce and a person's word", arguments: SuppressionReason.allCases)
    func kept(_ reason: SuppressionReason) async throws {
        try await Place.open { place async throws in
            let entry = SuppressionEntry(
                address: place.address, reason: reason, source: "somebody",
                at: Timestamp(milliseconds: 1_780_326_000_123))
            try await place.list.add(entry)
            let answer = await place.post("action=undo")
            #expect(answer.status == 409 && answer.body.contains("cannot be undone here"))
            #expect(try await place.listed() == entry)
        }
    }

    @Test(
        "a POST that says nothing of that asks as GET does, with 400",
        arguments: ["", "x=y", "action=", "action=x", "List-Unsubscribe=", "{"])
    func otherPosts(_ body: String) async throws {
        try await Place.open { place async throws in
            let answer = await place.post(body)
            #expect(answer.status == 400 && answer.body.contains(#"value="unsubscribe""#))
            #expect(try await !place.isListed())
        }
    }

    @Test(
        "other methods are refused, and change nothing",
        arguments: ["HEAD", "PUT", "DELETE", "OPTIONS", "post", "", "<x>"])
    func methods(_ method: String) async throws {
        try await Place.open { place async throws in
            let answer = await place.send(method, query: "t=\(place.token)", body: Self.oneClick)
            #expect(answer.status == 405 && answer["Allow"] == "GET, POST")
            #expect(try await !place.isListed())
        }
    }

    @Test("the token may stand in any parameter of the query, or at the end of the path")
    func places() async throws {
        try await Place.open { place async throws in
            let token = place.token
            for (path, query) in [
                ("/", "t=\(token)"), ("/u", "utm_source=x&token=\(token)&lang=de"), ("/u/\(token)", ""),
                ("/a/b/\(token)/", "x=y"),
                ("/", "t=%\(String(token.utf8.first!, radix: 16))\(token.dropFirst())"),
            ] {
                #expect(await place.send("GET", path: path, query: query).status == 200, "\(path)?\(query)")
            }
            for (path, query) in [
                ("/\(token)/x", ""), ("/", token), ("/", "lang=\(token)"), ("/", "\(token)=t"),
                ("/", (0..<8).map { "x\($0)=y" }.joined(separator: "&") + "&t=\(token)"),
            ] {
                #expect(await place.send("GET", path: path, query: query).status == 400, "\(path)?\(query)")
            }
        }
    }

    @Test("a forged, cut or foreign token meets a page that helps, with 400, whatever is asked")
    func forgedTokens() async throws {
        try await Place.open { place async throws in
            let token = place.token
            let tokens =
                [
                    "", "x", String(token.dropLast()), token + "A", String(token.reversed()), "%00", "%ff%fe",
                    "../../x",
                    "<script>", "' or 1=1 --", String(repeating: "A", count: 480),
                    UnsubscribeKeys.placeholder.seal(place.subscriber),
                ]
            for forged in tokens {
                for (method, body) in [("GET", ""), ("POST", Self.oneClick), ("POST", "action=undo")] {
                    let answer = await place.send(method, query: "t=\(forged)", body: body)
                    #expect(answer.status == 400, "\(forged)")
                    #expect(answer.body.contains("<h1>This link does not work</h1>"))
                    #expect(!answer.body.contains("<button"))
                }
            }
            #expect(try await !place.isListed())
        }
    }

    @Test("what is far too long is refused before it is looked at")
    func sizes() async throws {
        try await Place.open { place async throws in
            let long = String(repeating: "a", count: 5000)
            #expect(await place.send("GET", query: "t=\(place.token)&x=\(long)").status == 414)
            #expect(await place.send("GET", path: "/" + long, query: "t=\(place.token)").status == 414)
            let body = Self.oneClick + "&x=" + String(repeating: "a", count: 16384)
            #expect(await place.post(body).status == 413)
            #expect(try await !place.isListed())
        }
    }

    @Test(
        "a list that is out of reach makes a page that says to try again, with 503, and is logged without the address"
    )
    func outage() async throws {
        try await Place.open { place async throws in
            let endpoint = try place.endpoint(on: BrokenList())
            for body in [Self.oneClick, "action=unsubscribe", "action=undo"] {
                let answer = await endpoint.respond(
                    to: WebRequest(
                        method: "POST", path: "/", query: "t=\(place.token)", body: Array(body.utf8)))
                #expect(answer.status == 503 && answer["Retry-After"] == "60")
                #expect(answer.body.contains("<h1>Please try again</h1>"))
            }
            #expect(place.log.text.contains("out of reach") && !place.log.text.contains("ann"))
        }
    }

    @Test("pages are told not to be stored, indexed, framed or to load anything")
    func headers() async throws {
        try await Place.open { place async throws in
            for answer in [
                await place.get(), await place.get(query: "t=x"), await place.post(Self.oneClick),
                await place.send("HEAD", query: ""),
            ] {
                #expect(answer["Cache-Control"] == "no-store")
                #expect(answer["Referrer-Policy"] == "no-referrer")
                #expect(answer["X-Content-Type-Options"] == "nosniff")
                #expect(answer["X-Robots-Tag"] == "noindex, nofollow")
                #expect(Set(answer.headers.map { $0.name.lowercased() }).count == answer.headers.count)
            }
            let policy = try #require(await place.get()["Content-Security-Policy"])
            #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
            #expect(!policy.contains("unsafe") && !policy.contains("script"))
        }
    }

    @Test("the language is the reader's, or the one that the link asks for")
    func languages() async throws {
        try await Place.open { place async throws in
            let german = await place.get(language: "de-AT,de;q=0.9,en;q=0.5")
            #expect(german["Content-Language"] == "de" && german.body.contains(#"<html lang="de">"#))
            #expect(german.body.contains("<h1>Abmelden?</h1>") && german["Vary"] == "Accept-Language")
            let spanish = await place.get(query: "t=\(place.token)&lang=es-MX", language: "de")
            #expect(spanish.body.contains(#"<html lang="es">"#))
            #expect(spanish.body.contains("href=\"?t=\(place.token)&amp;lang=fr\""))
            #expect(!spanish.body.contains("lang=es-MX"))
            // A link on what a button has led to would ask again.
            #expect(await !place.post("action=unsubscribe").body.contains("<footer>"))
            #expect(
                await place.get(query: "t=\(place.token)&lang=xx", language: "fr").body.contains("désabonner")
            )
        }
    }

    @Test("HTML that is planted in a name, an address, a link or a header shows as text")
    func planted() async throws {
        let hostile =
            #"</title></style>"'><script>alert(1)</script><img src=x onerror=alert(1)>{{{style}}}&lt;"#
        func pages(_ place: Place, _ query: String, language: String?) async -> [String] {
            var pages: [String] = []
            for token in [place.token, "nonsense"] {
                for body in ["", "action=unsubscribe", "action=undo", hostile] {
                    let query = "t=\(token)\(query)"
                    let answer = await place.send(
                        body.isEmpty ? "GET" : "POST", query: query, language: language, body: body)
                    #expect(!answer.headers.contains { $0.value.contains("script>") })
                    pages.append(answer.body)
                }
            }
            return pages
        }
        struct Page: Decodable {
            let tags: [String]
            let texts: [String]
            let targets: [String]
        }
        func read(_ pages: [String]) async throws -> [Page] {
            let answer = try await runPython("oracles/read_page.py", input: JSONEncoder().encode(pages))
            return try JSONDecoder().decode([Page].self, from: Data(answer.utf8))
        }
        let plain = try await Place.open(senderName: "JADA Sailing") { place in
            try await read(pages(place, "&x=y", language: "en"))
        }
        let address = #""\#(hostile.replacingOccurrences(of: "\"", with: "\\\""))"@example.org"#
        let escaped = try #require(hostile.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        let attacked = try await Place.open(address: address, senderName: hostile) { place in
            try await read(pages(place, "&x=\(escaped)&\(escaped)=\(hostile)", language: hostile))
        }
        #expect(attacked.count == plain.count)
        for (attacked, plain) in zip(attacked, plain) {
            // The same elements with the same attributes; else only texts differ.
            #expect(attacked.tags == plain.tags)
            #expect(attacked.texts.contains(hostile))
            #expect(attacked.targets.allSatisfy { $0.hasPrefix("?") || $0 == "data:," })
            #expect(!attacked.tags.contains { $0.hasPrefix("script") || $0.hasPrefix("img") })
        }
    }

    @Test(
        "an address is masked",
        arguments: [
            ("charlotte@example.org", "c…e@example.org"), ("ann@example.org", "a…n@example.org"),
            ("ab@example.org", "a…@example.org"), ("a@example.org", "…@example.org"),
            (#""a@b"@example.org"#, "\"…\"@example.org"), ("nonsense", "…"), ("", "…"),
        ])
    func masked(address: String, expected: String) {
        #expect(UnsubscribeEndpoint.masked(address) == expected)
    }
}

/// An endpoint on a suppression list in a temporary folder, and somebody's token.
private struct Place {
    let address: String
    let list: any SuppressionList
    let log = LinesLog()
    let senderName: String?
    private let keys: UnsubscribeKeys

    static func open<Result>(
        address: String = "ann@example.org", senderName: String? = nil,
        _ body: (Place) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryFolder { folder in
            let state = try await LocalState(folder: folder.path, clock: SystemClock())
            return try await body(
                Place(address: address, list: state.suppressionList, senderName: senderName))
        }
    }

    private init(address: String, list: any SuppressionList, senderName: String?) throws {
        self.address = address
        self.list = list
        self.senderName = senderName
        keys = try UnsubscribeKeys(secrets: "0123456789abcdef0123456789abcdef")
    }

    var subscriber: Subscriber { Subscriber(campaign: CampaignID("cruise")!, address: address) }
    var token: String { keys.seal(subscriber) }

    func listed() async throws -> SuppressionEntry? { try await list.lookUp([address])[address] }

    func isListed() async throws -> Bool { try await listed() != nil }

    func endpoint(on list: any SuppressionList) throws -> UnsubscribeEndpoint {
        try UnsubscribeEndpoint(
            keys: keys,
            unsubscription: Unsubscription(suppression: list, addresses: IDNAEncoder(), clock: SystemClock()),
            senderName: senderName, log: log)
    }

    func send(
        _ method: String, path: String = "/", query: String, contentType: String? = nil,
        language: String? = nil, body: String = ""
    ) async -> WebResponse {
        let request = WebRequest(
            method: method, path: path, query: query, contentType: contentType, acceptLanguage: language,
            body: Array(body.utf8))
        do {
            return try await endpoint(on: list).respond(to: request)
        } catch {
            Issue.record(error)
            return WebResponse(status: 0, headers: [], body: "")
        }
    }

    func get(query: String? = nil, language: String? = nil) async -> WebResponse {
        await send("GET", query: query ?? "t=\(token)", language: language)
    }

    func post(_ body: String, contentType: String? = "application/x-www-form-urlencoded") async -> WebResponse
    {
        await send("POST", query: "t=\(token)", contentType: contentType, body: body)
    }
}

extension WebResponse {
    fileprivate subscript(name: String) -> String? { headers.first { $0.name == name }?.value }
}

private final class LinesLog: Log {
    private let lines = Mutex("")
    func write(_ level: LogLevel, _ message: String, _ fields: [(name: String, value: String)]) {
        lines.withLock { $0 += "\(level) \(message) \(fields)\n" }
    }
    var text: String { lines.withLock { $0 } }
}

private struct BrokenList: SuppressionList {
    private let problem = Problem(.unavailable, "the table is out of reach")
    func entries(_ page: ([SuppressionEntry]) async throws -> Void) async throws { throw problem }
    func lookUp(_ addresses: [String]) async throws -> [String: SuppressionEntry] { throw problem }
    func add(_ entry: SuppressionEntry) async throws { throw problem }
    func remove(_ address: String) async throws { throw problem }
    func forgetTransientBounces(of address: String) async throws { throw problem }
    func change(
        _ address: String, from old: SuppressionEntry?, to new: SuppressionEntry?
    ) async throws -> Bool { throw problem }
    func noteTransientBounce(
        of address: String, in run: RunID, at moment: Timestamp, memory: Duration
    ) async throws -> Int { throw problem }
}
