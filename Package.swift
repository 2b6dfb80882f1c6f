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
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")

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
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.0"),
    ],
    targets: [
        // The kernel and the plain values.
        .target(name: "CLinux"),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        room("IPAddressing"),
        room("SystemCalls", ["CLinux"]),
        room("Netlink", ["CLinux", "SystemCalls"]),
        room("RouteNetlink", ["CLinux", "SystemCalls", "Netlink", "IPAddressing"]),
        room("AddressAllocation", ["IPAddressing"]),
        room("NFTables", ["CLinux", "SystemCalls", "Netlink", "IPAddressing"]),
        room("ConnectionTracking", ["CLinux", "SystemCalls", "Netlink", "IPAddressing"]),
        room("Firewall", ["SystemCalls", "IPAddressing", "Netlink", "NFTables"]),
        room("NameService", ["CLinux", "SystemCalls", "IPAddressing", logging]),

        // The parts of an engine.
        room(
            "ContainerNetworking",
            [
                "CLinux", "SystemCalls", "IPAddressing", "Netlink", "RouteNetlink", "NFTables", "ConnectionTracking",
                "AddressAllocation", "Firewall", "NameService", logging,
            ]),
        room("EngineAPI"),
        room(
            "RegistryClient",
            ["SystemCalls", "IPAddressing", "EngineAPI", crypto, logging]
                + nio + [
                    .product(name: "AsyncHTTPClient", package: "async-http-client"),
                    .product(name: "NIOSSL", package: "swift-nio-ssl"),
                ]),
        room("ImageStore", ["CLinux", "CArchive", "SystemCalls", "EngineAPI", crypto, logging]),
        room("ContainerRuntime", ["CLinux", "SystemCalls", "EngineAPI", logging]),
        room("EngineStore", ["SystemCalls", grdb]),

        // The engine and what serves it.
        room(
            "Engine",
            [
                "SystemCalls", "IPAddressing", "Firewall", "EngineAPI", "EngineStore", "ContainerNetworking",
                "ContainerRuntime", "ImageStore", "RegistryClient", logging,
            ]),
        room("EngineHTTP", ["EngineAPI", "SystemCalls", crypto, logging] + nio),
        room(
            "Explain",
            ["CLinux", "IPAddressing", "SystemCalls", "Netlink", "RouteNetlink", "ConnectionTracking", "Firewall"]),
        room("PacketCapture", ["IPAddressing", "SystemCalls"]),
        room("EngineClient", ["EngineAPI", "IPAddressing", "SystemCalls"]),
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

        // What makes the load of `make bench` and of the tests.
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
        tests("PacketCaptureTests", ["PacketCapture", "IPAddressing", "SystemCalls"]),
        tests("EngineStoreTests", ["EngineStore", "SystemCalls"]),
        tests("EngineTests", ["Engine", "EngineAPI", "EngineStore", "ContainerNetworking", "SystemCalls"]),

        // Tests that bring up labs of their own.
        room("KernelTestSupport", ["SystemCalls", "Lab", "Walkthrough"]),
        tests("LoadTests", ["Load", "Lab", "SystemCalls", "Walkthrough", "KernelTestSupport"]),
        tests("LabTests", ["SystemCalls", "Lab", "KernelTestSupport"]),
        tests("WalkthroughTests", ["SystemCalls", "Lab", "Walkthrough", "KernelTestSupport"]),
        tests("LessonsTests", ["SystemCalls", "Lab", "Faults", "Lessons", "KernelTestSupport"]),
        tests("FaultTests", ["SystemCalls", "Lab", "Faults", "KernelTestSupport"]),
        tests("DockerClientTests", ["SystemCalls", "Lab", "Walkthrough", "KernelTestSupport"]),
    ],
    swiftLanguageModes: [.v6]
)
