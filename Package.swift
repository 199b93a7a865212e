// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// A room of the house: lower ones know nothing of higher ones.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = [], data: [String] = []) -> Target {
    .testTarget(
        name: name + "Tests",
        dependencies: [.byName(name: name), "TestSupport"] + dependencies,
        exclude: data,
        swiftSettings: strict
    )
}

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "evenkeel",
    products: [.executable(name: "evenkeel", targets: ["evenkeel"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Pure: values only.
        room("ClusterModel"),
        room("Planning", ["ClusterModel"]),
        room("Rollout", ["ClusterModel", "Planning"]),
        room("Reliability", ["ClusterModel"]),

        // Boundary: what people write, and what the machine needs of the world.
        room("Playbooks", ["ClusterModel", yams]),
        room("Ports", ["ClusterModel", "Playbooks", "Reliability", "Rollout"]),

        // Adapters: one outside technology each.
        .systemLibrary(name: "CLibSSH2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"])]),
        room("SSH", ["CLibSSH2", crypto, deque, nioCore, nioPosix]),

        room("NodeAccess", ["ClusterModel", "Playbooks", "Ports", "Rollout", "SSH", nioCore]),
        room("History", ["ClusterModel", "Ports", "Reliability", "Rollout", grdb]),
        room(
            "Kubernetes",
            ["ClusterModel", "Ports", asyncHTTPClient, nioCore, nioHTTP1, nioPosix, nioSSL, nioTLS, yams]
        ),

        // Use cases.
        room("Execution", ["ClusterModel", "Planning", "Playbooks", "Ports", "Reliability", "Rollout"]),
        room("Reporting", ["ClusterModel", "Planning", "Ports", "Reliability", "Rollout"]),
        room("Watching", ["ClusterModel", "Playbooks", "Ports", "Reliability"]),
        room("Practice", ["ClusterModel", deque, heap, httpTypes, hummingbird, logging, nioCore]),

        // Edge.
        room(
            "EvenkeelCommands",
            [
                "ClusterModel", "Execution", "History", "Kubernetes", "NodeAccess", "Planning", "Playbooks", "Ports",
                "Practice",
                "Reliability", "Reporting", "Rollout", "SSH", "Watching", argumentParser, asyncHTTPClient, crypto,
                nioCore, nioHTTP1, nioPosix, subprocess, systemPackage, unixSignals,
            ]
        ),
        .executableTarget(name: "evenkeel", dependencies: ["EvenkeelCommands"], swiftSettings: strict),

        // Tests, one target a room; the real components are in ConformanceTests.
        .testTarget(name: "ArchitectureTests", swiftSettings: strict),
        tests(of: "ClusterModel"),
        tests(of: "Rollout", ["ClusterModel", "Planning"]),
        tests(of: "Execution", ["ClusterModel", "Planning", "Playbooks", "Ports", "Rollout"]),
        tests(of: "History", ["ClusterModel", "Ports", "Reliability", "Rollout", grdb]),
        tests(
            of: "Kubernetes",
            ["ClusterModel", "Ports", nioCore, nioHTTP1, nioPosix, nioSSL],
            data: ["Recordings", "Snapshots"]
        ),
        tests(of: "NodeAccess", ["ClusterModel", "Playbooks", "Ports", "Rollout", "SSH", nioCore, nioPosix]),
        tests(of: "Planning", ["ClusterModel"]),
        tests(of: "Playbooks", ["ClusterModel", yams]),
        tests(of: "Practice", ["ClusterModel", asyncHTTPClient, nioCore, nioHTTP1], data: ["Recordings"]),
        tests(of: "Reliability", ["ClusterModel"]),
        tests(of: "Watching", ["ClusterModel", "History", "Playbooks", "Ports", "Reliability"]),
        tests(of: "Reporting", ["ClusterModel", "Planning", "Ports", "Rollout"], data: ["Golden"]),
        .testTarget(
            name: "EvenkeelCommandsTests",
            dependencies: [
                "ClusterModel", "EvenkeelCommands", "Execution", "History", "Kubernetes", "NodeAccess", "Playbooks",
                "Planning", "Ports", "Practice", "Reliability", "Rollout", "SSH", "TestSupport", "evenkeel",
                argumentParser,
                crypto, nioCore, nioHTTP1, nioPosix, subprocess, systemPackage,
            ],
            exclude: ["Golden", "Snapshots"],
            swiftSettings: strict
        ),
        tests(of: "SSH", [crypto, nioCore, nioPosix], data: ["Data"]),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "ClusterModel", "History", "Kubernetes", "Planning", "Ports", "Reliability", "Reporting", "Rollout",
                "SSH", "TestSupport", nioCore, nioPosix,
            ],
            path: "Tests/Benchmarks",
            exclude: ["ssh-floor.c"],
            swiftSettings: strict
        ),
        .target(name: "TestSupport", path: "Tests/Support", swiftSettings: strict),
        .target(
            name: "CampaignScripts",
            dependencies: ["TestSupport"],
            path: "Tests/CampaignScripts",
            swiftSettings: strict
        ),
        .testTarget(
            name: "ContractTests",
            dependencies: [
                "CampaignScripts", "ClusterModel", "Kubernetes", "Planning", "Ports", "Practice", "Reliability",
                "Reporting", "Rollout", asyncHTTPClient, nioCore, nioHTTP1, nioSSL,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ConformanceTests",
            dependencies: ["CampaignScripts", "TestSupport", "evenkeel", nioCore, nioPosix],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)
