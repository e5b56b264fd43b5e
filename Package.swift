// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A room of the architecture: see CONTRIBUTING.md for what each holds and which way the arrows point.
func room(_ name: String, uses dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, uses dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport", "Locks"], swiftSettings: settings)
}

func cLibrary(_ name: String, pkgConfig: String, debian package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

let package = Package(
    name: "jada-blast",
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // The web server of the command line; the worker has nothing of it.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.34.1"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
    ],
    targets: [
        cLibrary("CCurl", pkgConfig: "libcurl", debian: "libcurl4-openssl-dev"),
        cLibrary("COpenSSL", pkgConfig: "libcrypto", debian: "libssl-dev"),
        cLibrary("CJansson", pkgConfig: "jansson", debian: "libjansson-dev"),
        cLibrary("CExpat", pkgConfig: "expat", debian: "libexpat1-dev"),
        cLibrary("CZlib", pkgConfig: "zlib", debian: "zlib1g-dev"),
        cLibrary("CIdn2", pkgConfig: "libidn2", debian: "libidn2-dev"),
        cLibrary("CCares", pkgConfig: "libcares", debian: "libc-ares-dev"),
        cLibrary("CGMime", pkgConfig: "gmime-3.0", debian: "libgmime-3.0-dev"),
        .systemLibrary(name: "CLinux"),

        room("Locks"),
        room("TextSearch"),
        room("HTTP", uses: ["Locks", "CCurl"]),
        room("JSON", uses: ["CJansson"]),
        room("Digests", uses: ["COpenSSL"]),
        room("Gzip", uses: ["CZlib"]),
        room("AWS", uses: ["HTTP", "Locks", "JSON", "Digests", "TextSearch", "CExpat"]),
        room("LambdaRuntime", uses: ["HTTP", "JSON", "Locks"]),
        room("Campaigns", uses: ["TextSearch"]),
        room("HostAdapters", uses: ["Campaigns", "CIdn2"]),
        room(
            "CloudAdapters",
            uses: [
                "Deliverability", "Campaigns", "AWS", "HTTP", "JSON", "Digests", "Locks", "TextSearch",
            ]),
        room(
            "LocalAdapters",
            uses: [
                "Campaigns", "Digests", "Locks", "CLinux", .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        room("Delivery", uses: ["Campaigns", "JSON", "Digests", "Gzip", "Locks", "TextSearch"]),
        room("Suppressions", uses: ["Delivery", "Campaigns", "JSON", "Gzip"]),
        room("Handlers", uses: ["Delivery", "Campaigns", "JSON", "Digests", "TextSearch"]),
        room(
            "WebServer",
            uses: [
                "Handlers", "Campaigns", "JSON", "Digests", "Locks",
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
            ]),

        room("Reports", uses: ["Delivery", "Deliverability", "Campaigns", "JSON"]),
        room("Deliverability", uses: ["Digests", "TextSearch"]),
        room(
            "AccountAudit",
            uses: ["CloudAdapters", "Deliverability", "Campaigns", "AWS", "HTTP", "JSON", "TextSearch"]),
        // The command line's alone: GMime is nothing for the worker.
        room("BounceDiagnosis", uses: ["Deliverability", "JSON", "TextSearch", "CGMime"]),
        room("SMTP", uses: ["Deliverability", "HTTP", "Locks", "CCurl"]),
        room(
            "Canary",
            uses: [
                "SMTP", "CloudAdapters", "Handlers", "Deliverability", "Campaigns", "AWS", "JSON",
            ]),
        room("DNS", uses: ["Locks", "CCares"]),
        room("DomainAudit", uses: ["DNS", "Deliverability", "Digests"]),

        .executableTarget(
            name: "jada-blast-worker",
            dependencies: [
                "Canary", "SMTP", "Handlers", "Delivery", "CloudAdapters", "HostAdapters", "Campaigns", "AWS",
                "LambdaRuntime", "HTTP",
            ], swiftSettings: settings),
        .executableTarget(
            name: "jada-blast",
            dependencies: [
                "Reports", "Handlers", "Suppressions", "Delivery", "WebServer", "LocalAdapters",
                "CloudAdapters", "AccountAudit", "Canary", "DomainAudit", "DNS", "Deliverability", "SMTP",
                "HostAdapters", "Campaigns", "AWS", "HTTP", "JSON", "Locks", "BounceDiagnosis",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], swiftSettings: settings),

        .target(
            name: "TestSupport", dependencies: ["Campaigns", "HTTP", "Locks"], path: "Tests/Support",
            exclude: [
                "aws", "function_root", "http", "runtime_api", "ses_simulator", "moto", "oracles", "smtp",
            ],
            swiftSettings: settings),
        tests("SupportTests", uses: []),
        tests("HTTPTests", uses: ["HTTP"]),
        tests("TextSearchTests", uses: ["TextSearch"]),
        tests("JSONTests", uses: ["JSON"]),
        tests("DigestsTests", uses: ["Digests", "Gzip"]),
        .target(
            name: "AWSSupport", dependencies: ["TestSupport", "AWS", "HTTP"], path: "Tests/AWSSupport",
            swiftSettings: settings),
        tests("AWSTests", uses: ["AWSSupport", "AWS", "HTTP", "JSON", "Digests"]),
        .executableTarget(
            name: "RuntimeFixture", dependencies: ["LambdaRuntime", "HTTP"], path: "Tests/RuntimeFixture",
            swiftSettings: settings),
        tests("LambdaRuntimeTests", uses: ["LambdaRuntime", "RuntimeFixture", "jada-blast-worker", "HTTP"]),
        tests("CampaignsTests", uses: ["Campaigns", "HostAdapters", "JSON"]),
        tests(
            "CloudAdaptersTests",
            uses: [
                "CloudAdapters", "AWSSupport", "Campaigns", "Delivery", "HostAdapters", "AWS", "HTTP", "JSON",
            ]),
        .executableTarget(
            name: "LocalAdaptersFixture", dependencies: ["LocalAdapters", "Campaigns"],
            path: "Tests/LocalAdaptersFixture", swiftSettings: settings),
        tests(
            "LocalAdaptersTests",
            uses: [
                "LocalAdapters", "LocalAdaptersFixture", "Campaigns", "HostAdapters", "Digests",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        tests("DeliveryTests", uses: ["Delivery", "Campaigns", "HostAdapters", "LocalAdapters", "JSON"]),
        tests(
            "SuppressionsTests",
            uses: [
                "Suppressions", "Delivery", "Campaigns", "HostAdapters", "LocalAdapters", "CloudAdapters",
                "AWSSupport", "AWS", "HTTP",
            ]),
        tests(
            "HandlersTests",
            uses: [
                "Handlers", "Delivery", "Campaigns", "HostAdapters", "LocalAdapters", "JSON", "Digests",
            ]),
        tests(
            "WebServerTests",
            uses: [
                "WebServer", "Handlers", "Delivery", "LocalAdapters", "HostAdapters", "Campaigns", "HTTP",
            ]),
        tests(
            "ReportsTests", uses: ["Reports", "Delivery", "Deliverability", "Campaigns", "HostAdapters"]),
        tests("DeliverabilityTests", uses: ["Deliverability"]),
        tests(
            "AccountAuditTests",
            uses: ["AccountAudit", "AWSSupport", "Deliverability", "Campaigns", "AWS"]),
        tests("BounceDiagnosisTests", uses: ["BounceDiagnosis", "Deliverability", "JSON"]),
        tests("SMTPTests", uses: ["SMTP", "Deliverability"]),
        tests("CommandLineTests", uses: ["jada-blast", "LocalAdapters", "Campaigns", "HostAdapters"]),
        tests(
            "CanaryTests",
            uses: [
                "Canary", "SMTP", "Handlers", "Deliverability", "AWSSupport", "HostAdapters", "Campaigns",
                "AWS", "HTTP",
            ]),
        tests("DNSTests", uses: ["DNS"]),
        tests("DomainAuditTests", uses: ["DomainAudit", "DNS", "Deliverability"]),
        .executableTarget(
            name: "jada-blast-bench",
            dependencies: [
                "Handlers", "Delivery", "Campaigns", "HostAdapters", "LocalAdapters", "CloudAdapters", "AWS",
                "HTTP", "JSON",
            ],
            path: "Benchmarks/Bench", swiftSettings: settings),
        tests(
            "DeploymentTests", uses: ["jada-blast-worker", "AWSSupport", "AWS", "Delivery", "Campaigns"]),
        tests(
            "EndToEndTests",
            uses: [
                "jada-blast", "jada-blast-worker", "AWSSupport", "CloudAdapters", "LocalAdapters",
                "HostAdapters", "Delivery", "Campaigns", "AWS", "HTTP",
            ]),
    ],
    swiftLanguageModes: [.v6]
)

// `make fuzz` builds the tests of hostile input as a program of libFuzzer's.
let parsers: [Target.Dependency] = [
    "Handlers", "Delivery", "DomainAudit", "DNS", "Campaigns", "HostAdapters", "JSON",
    "BounceDiagnosis",
]
if Context.environment["FUZZED"] == nil {
    let corpus = tests("FuzzTests", uses: parsers)
    corpus.exclude = ["Fuzzer.swift", "Corpus"]
    package.targets.append(corpus)
} else {
    package.targets.append(
        .executableTarget(
            name: "jada-blast-fuzz", dependencies: parsers + ["Locks"], path: "Tests/FuzzTests",
            exclude: ["CorpusTests.swift", "Corpus"], swiftSettings: settings))
}
