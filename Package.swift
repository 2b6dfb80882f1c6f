// swift-tools-version: 6.3
import PackageDescription

/// Every target of the house is held to the same rules.
let rules: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// A library target of the house. It may import only rooms named before it in `targets`.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: rules)
}

/// The tests of one room.
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: rules)
}

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
]
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

let package = Package(
    name: "causeway",
    products: [
        .executable(name: "causewayd", targets: ["causewayd"]),
        .executable(name: "causeway", targets: ["causeway"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.0"),
    ],
    targets: [
        // Where the daemon's sudden end is tried.
        room("CrashPoints"),

        // The kernel and the plain values.
        .target(name: "CLinux"),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        room("IPAddressing"),
        room("SystemCalls", ["CLinux", "CrashPoints"]),
        room("Netlink", ["CLinux", "SystemCalls"]),
        room("RouteNetlink", ["CLinux", "SystemCalls", "Netlink", "IPAddressing"]),
        room("AddressAllocation", ["IPAddressing"]),
        room("NFTables", ["CLinux", "SystemCalls", "Netlink", "IPAddressing"]),
        room("ConnectionTracking", ["CLinux", "SystemCalls", "Netlink", "IPAddressing"]),
        room("Firewall", ["CrashPoints", "SystemCalls", "IPAddressing", "Netlink", "NFTables"]),
        room("NameService", ["CLinux", "SystemCalls", "IPAddressing", logging]),

        // The parts of an engine.
        room(
            "ContainerNetworking",
            [
                "CrashPoints", "CLinux", "SystemCalls", "IPAddressing", "Netlink", "RouteNetlink", "NFTables",
                "ConnectionTracking",
                "AddressAllocation", "Firewall", "NameService", logging,
            ]),
        room("EngineAPI"),
        room(
            "RegistryClient",
            ["SystemCalls", "IPAddressing", "EngineAPI", crypto, logging]
                + nio + [
                    .product(name: "AsyncHTTPClient", package: "async-http-client"),
                    nioSSL,
                ]),
        room("ImageStore", ["CrashPoints", "CLinux", "CArchive", "SystemCalls", "EngineAPI", crypto, logging]),
        room("ContainerRuntime", ["CrashPoints", "CLinux", "SystemCalls", "EngineAPI", logging]),
        room("EngineStore", ["SystemCalls", "CSQLite"]),

        // The network explains itself.
        room(
            "Explain",
            ["CLinux", "IPAddressing", "SystemCalls", "Netlink", "RouteNetlink", "ConnectionTracking", "Firewall"]),
        room("PacketCapture", ["IPAddressing", "SystemCalls", "RouteNetlink", "Explain"]),
        room("EngineClient", ["EngineAPI", "IPAddressing", "SystemCalls", "Explain"]),

        // The engine and what serves it.
        room(
            "Engine",
            [
                "CrashPoints", "SystemCalls", "IPAddressing", "Firewall", "EngineAPI", "EngineStore",
                "ContainerNetworking", "ContainerRuntime", "ImageStore", "RegistryClient", "Explain", "PacketCapture",
                "EngineClient", logging,
            ]),
        room("EngineHTTP", ["EngineAPI", "SystemCalls", crypto, logging, nioSSL] + nio),
        room(
            "Load",
            ["SystemCalls", "IPAddressing", "Netlink", "RouteNetlink", "NFTables", "EngineAPI", "EngineClient"]),
        room("Lab", ["SystemCalls"]),
        room("Faults", ["SystemCalls", "Lab"]),
        room("Walkthrough", ["SystemCalls", "Lab"]),
        room("Lessons", ["SystemCalls", "Lab", "Faults", "Walkthrough"]),

        // What people run.
        room("DaemonOptions", ["IPAddressing", "SystemCalls"]),
        .executableTarget(
            name: "causewayd",
            dependencies: [
                "DaemonOptions", "Engine", "EngineHTTP", "EngineAPI", "ContainerNetworking", "ContainerRuntime",
                "ImageStore", "RegistryClient", "EngineStore", "SystemCalls", "IPAddressing", "AddressAllocation",
                logging,
            ],
            swiftSettings: rules),
        .executableTarget(
            name: "causeway",
            dependencies: [
                "EngineClient", "EngineAPI", "Explain", "IPAddressing", "ImageStore", "Lab", "Lessons", "PacketCapture",
                "RouteNetlink", "SystemCalls",
            ],
            swiftSettings: rules),

        // The walkthrough from a container to the internet: shown by `make demo`, asserted by the tests.
        .executableTarget(
            name: "causeway-walkthrough", dependencies: ["SystemCalls", "Lab", "Walkthrough"], swiftSettings: rules),
        // The fault matrix: shown by `make faults`.
        .executableTarget(
            name: "causeway-faults", dependencies: ["SystemCalls", "Lab", "Faults"], swiftSettings: rules),

        // What makes the load of `make bench`, of `make torture` and of the tests.
        .executableTarget(
            name: "causeway-load", dependencies: ["Load"], swiftSettings: rules),

        // Tests of the rooms.
        tests("IPAddressingTests", ["IPAddressing"]),
        tests("NetlinkTests", ["Netlink", "SystemCalls", "CLinux"]),
        tests("RouteNetlinkTests", ["RouteNetlink", "Netlink", "IPAddressing", "SystemCalls", "CLinux"]),
        tests("NFTablesTests", ["NFTables", "Netlink", "IPAddressing", "SystemCalls", "CLinux"]),
        tests("ConnectionTrackingTests", ["ConnectionTracking", "Netlink", "IPAddressing", "SystemCalls", "CLinux"]),
        tests("NameServiceTests", ["NameService", "IPAddressing", "SystemCalls", logging]),
        tests("AddressAllocationTests", ["AddressAllocation", "IPAddressing"]),
        tests(
            "FirewallTests", ["Firewall", "NFTables", "Netlink", "SystemCalls", "IPAddressing"], exclude: ["Golden"]),
        tests(
            "ContainerNetworkingTests",
            [
                "ContainerNetworking", "RouteNetlink", "Netlink", "NFTables", "ConnectionTracking", "Firewall",
                "AddressAllocation", "IPAddressing",
                "SystemCalls", logging,
            ]),
        tests("EngineAPITests", ["EngineAPI"], exclude: ["Fixtures"]),
        tests(
            "RegistryClientTests",
            ["RegistryClient", "ImageStore", "Engine", "EngineAPI", "SystemCalls", "IPAddressing", logging]),
        tests("ImageStoreTests", ["ImageStore", "EngineAPI", "SystemCalls", logging]),
        tests("ContainerRuntimeTests", ["ContainerRuntime", "EngineAPI", "SystemCalls", logging]),
        tests("DaemonOptionsTests", ["DaemonOptions", "SystemCalls", "IPAddressing"]),
        tests("EngineHTTPTests", ["EngineHTTP", "EngineAPI", "SystemCalls", logging]),
        tests("EngineClientTests", ["EngineClient", "EngineAPI", "SystemCalls"]),
        tests("ExplainTests", ["Explain", "IPAddressing", "SystemCalls"], exclude: ["Golden"]),
        tests("PacketCaptureTests", ["PacketCapture", "Explain", "EngineAPI", "IPAddressing", "SystemCalls"]),
        tests("EngineStoreTests", ["EngineStore", "SystemCalls"]),
        tests("EngineTests", ["Engine", "EngineAPI", "EngineStore", "ContainerNetworking", "SystemCalls", logging]),

        // Tests that bring up labs of their own.
        room("KernelTestSupport", ["SystemCalls", "Lab", "Walkthrough"]),
        tests("LoadTests", ["Load", "Lab", "SystemCalls", "Walkthrough", "KernelTestSupport"]),
        tests("LabTests", ["SystemCalls", "Lab", "KernelTestSupport"]),
        tests("WalkthroughTests", ["SystemCalls", "Lab", "Walkthrough", "KernelTestSupport"]),
        tests(
            "LessonsTests",
            ["SystemCalls", "Lab", "Faults", "Lessons", "EngineAPI", "EngineClient", "KernelTestSupport"]),
        tests("FaultTests", ["SystemCalls", "Lab", "Faults", "KernelTestSupport"]),
        tests("DockerClientTests", ["CrashPoints", "SystemCalls", "Lab", "Walkthrough", "KernelTestSupport"]),
    ],
    swiftLanguageModes: [.v6]
)

// Strangers' bytes: kept inputs and changes of them as a test or, for `make fuzz`, the same functions under libFuzzer,
// whose instruments the whole build needs.
let fuzzed: [Target.Dependency] = [
    "ConnectionTracking", "ContainerRuntime", "DaemonOptions", "Engine", "EngineAPI", "EngineHTTP", "Explain",
    "IPAddressing", "ImageStore", "NFTables", "NameService", "Netlink", "PacketCapture", "RegistryClient",
    "RouteNetlink", "SystemCalls", logging,
]
if Context.environment["CAUSEWAY_FUZZ"] == nil {
    package.targets.append(tests("FuzzTests", fuzzed, exclude: ["Driver", "Corpus"]))
} else {
    package.targets.append(
        .executableTarget(
            name: "causeway-fuzz", dependencies: fuzzed, path: "Tests/FuzzTests",
            exclude: ["ReplayTests.swift", "Corpus"],
            swiftSettings: rules + [.enableExperimentalFeature("Extern")]))
}
