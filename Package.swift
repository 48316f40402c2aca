// swift-tools-version: 6.1
import PackageDescription

// Layers, lowest first: a target imports only targets of lower layers. CONTRIBUTING.md has the map.

let strict: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny"), .swiftLanguageMode(.v6)]

// A release build embeds its commit and a reduced set of ICU data; tools/package sets these variables. Development builds leave
// them unset, because every new commit would relink everything.
let environment = Context.environment
var release: [CSetting] = []
// From the environment: SwiftPM keeps an evaluated manifest as long as its text and the environment are the same, so
// `Context.gitInformation` can be that of an earlier commit.
if let commit = environment["DRYDOCK_COMMIT"], !commit.isEmpty {
    release.append(.define("DRYDOCK_COMMIT", to: "\"\(commit)\""))
}
if let data = environment["DRYDOCK_ICU_DATA"], let symbol = environment["DRYDOCK_ICU_SYMBOL"] {
    release += [.define("DRYDOCK_ICU_DATA", to: "\"\(data)\""), .define("DRYDOCK_ICU_SYMBOL", to: symbol)]
}

let package = Package(
    name: "Drydock",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "drydock", targets: ["DrydockCommand"]),
        .library(name: "Drydock", targets: ["Drydock"]),
        .library(
            name: "AWSClient", targets: ["AWSClient", "AWSCore", "AWSModels", "EC2API", "ECRAPI", "IAMAPI", "SSMAPI", "STSAPI"]),
        .library(name: "DrydockTesting", targets: ["DrydockTesting"]),
        .library(name: "Scenarios", targets: ["Scenarios"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .target(name: "CGuest"),
        // files.S embeds the files of the folder data.
        .target(name: "CCatalogue", exclude: ["data"], cSettings: [.headerSearchPath("data")]),
        .target(name: "CSQLite", linkerSettings: [.linkedLibrary("sqlite3")]),
        .systemLibrary(name: "CLibArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .target(
            name: "AWSCore",
            dependencies: [
                "CLibXML2", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"), .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "Certificates",
            dependencies: [
                "AWSCore", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ]),
        .target(name: "AWSModels", dependencies: ["AWSCore"]),
        .target(name: "EC2API", dependencies: ["AWSCore", "AWSModels"]),
        .target(name: "ECRAPI", dependencies: ["AWSCore", "AWSModels"]),
        .target(name: "IAMAPI", dependencies: ["AWSCore", "AWSModels"]),
        .target(name: "SSMAPI", dependencies: ["AWSCore", "AWSModels"]),
        .target(name: "STSAPI", dependencies: ["AWSCore", "AWSModels"]),
        .target(
            name: "OCI",
            dependencies: [
                "AWSCore", "CLibArchive", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        .target(
            name: "AWSClient",
            dependencies: [
                "AWSCore", "AWSModels", .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        .target(
            name: "SimulatorCore",
            dependencies: [
                "AWSCore", "AWSModels", "CSQLite", "OCI", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "SimulatedEC2",
            dependencies: [
                "AWSModels", "CCatalogue", "SimulatorCore", "EC2API", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
            ]),
        .target(
            name: "SimulatedECR",
            dependencies: ["AWSModels", "SimulatorCore", "ECRAPI", "OCI", .product(name: "Logging", package: "swift-log")]),
        .target(
            name: "SimulatedIAM",
            dependencies: [
                "AWSModels", "CCatalogue", "CLibArchive", "CLibXML2", "OCI", "SimulatorCore", "IAMAPI", "STSAPI",
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "SwiftASN1", package: "swift-asn1"), .product(name: "X509", package: "swift-certificates"),
            ]),
        .target(
            name: "SimulatedSSM",
            dependencies: [
                "AWSModels", "SimulatorCore", "SSMAPI", .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .target(
            name: "SimulatedDocker",
            dependencies: ["SimulatorCore", "OCI", .product(name: "Crypto", package: "swift-crypto")]),
        .target(name: "CBuild", cSettings: release),
        .target(
            name: "Drydock",
            dependencies: [
                "CBuild", "SimulatedEC2", "SimulatedECR", "SimulatedIAM", "SimulatedSSM", "SimulatedDocker", "AWSClient",
            ]),
        .target(
            name: "Contract",
            dependencies: [
                "AWSCore", "AWSModels", "AWSClient", "Yams", .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .target(
            name: "HTTPServing",
            dependencies: [
                "AWSCore", "Certificates", .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        .target(
            name: "DrydockServer",
            dependencies: [
                "Certificates", "Drydock", "HTTPServing", "SimulatedIAM", .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "Scenarios",
            dependencies: [
                "Drydock", "Contract", "AWSClient", "AWSModels", "EC2API", "ECRAPI", "IAMAPI", "SSMAPI", "STSAPI",
                "SimulatedDocker",
                "Yams",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]),
        .target(
            name: "DrydockTesting",
            dependencies: ["Drydock", "Contract"]),
        .target(
            name: "Guests",
            dependencies: [
                "CGuest", "Certificates", "Drydock", "EC2API", "HTTPServing", "OCI", "SimulatedDocker", "SimulatedEC2",
                .product(name: "NIOSSL", package: "swift-nio-ssl"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ],
            // What guests run, in Python and shell: each file is a member of `PackageResources`.
            resources: [
                "services", "service_units", "service_settings", "service_log", "service_spawn", "service_unit",
                "service_clock",
                "service_jobs", "service_manager", "service_control", "guest_yaml", "guest_jinja", "cloud_facts", "cloud_parts",
                "cloud_schema",
                "cloud_modules", "cloud_packages", "cloud_boot", "cloud_commands", "package_catalogue", "package_manager",
                "package_install", "package_files", "package_services", "apt_bindings", "owner_changes", "instance_tools",
            ].map { Resource.embedInCode("Programs/\($0).py") }
                + [
                    "stand_in_system", "stand_in_users", "docker", "session", "stand_in_prelude", "first",
                    "set_up", "login", "sudoers", "cloud_boot", "end_boot", "absent",
                    "install_command_line", "get_docker", "get_k3s",
                ].map { Resource.embedInCode("Programs/\($0).sh") }),
        .executableTarget(
            name: "DrydockCommand",
            dependencies: [
                "DrydockServer", .target(name: "Guests", condition: .when(platforms: [.linux])), "Scenarios", "Contract",
                "Yams",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ]),
        .testTarget(
            name: "DoorTests",
            dependencies: [
                "DrydockCommand", "DrydockServer", "DrydockTesting",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Subprocess", package: "swift-subprocess"),
            ],
            exclude: ["Programs"]),
        .testTarget(
            name: "GuestTests",
            dependencies: [
                "Certificates", .target(name: "Guests", condition: .when(platforms: [.linux])), "DrydockCommand",
                "DrydockTesting", "Scenarios",
            ],
            exclude: ["Programs"]),
        .testTarget(
            name: "DrydockTests",
            dependencies: [
                "AWSModels", "DrydockTesting", "OCI", "SimulatedDocker", "SimulatedEC2", "SimulatedECR", "SimulatedIAM",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            exclude: ["EarlierStates", "Goldens", "Recordings"]),
        .testTarget(
            name: "SimulatedECRTests",
            dependencies: [
                "SimulatedECR", "SimulatedIAM", "DrydockTesting", .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "SimulatedEC2Tests",
            dependencies: ["AWSModels", "SimulatedEC2", "DrydockTesting", .product(name: "GRDB", package: "GRDB.swift")]),
        .testTarget(name: "AWSCoreTests", dependencies: ["AWSCore"]),
        .testTarget(name: "AWSModelsTests", dependencies: ["AWSModels", "EC2API", "ECRAPI", "IAMAPI", "SSMAPI", "STSAPI"]),
        .testTarget(
            name: "AWSClientTests",
            dependencies: [
                "AWSClient", "AWSModels", "Certificates", "EC2API", "ECRAPI", "HTTPServing", "IAMAPI", "STSAPI",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(name: "WireTests", dependencies: ["AWSCore", "EC2API", "ECRAPI", "IAMAPI", "SSMAPI", "STSAPI"]),
        .testTarget(name: "PolicyTests", dependencies: ["SimulatorCore"]),
        .testTarget(
            name: "SimulatedIAMTests",
            dependencies: [
                "DrydockTesting", "SimulatedIAM", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"), .product(name: "X509", package: "swift-certificates"),
            ]),
        .testTarget(
            name: "SimulatedSSMTests",
            dependencies: ["DrydockTesting", .product(name: "GRDB", package: "GRDB.swift")]),
        .target(name: "TestSockets", path: "Tests/TestSockets"),
        .testTarget(
            name: "HTTPServingTests",
            dependencies: ["HTTPServing", "TestSockets", .product(name: "NIOPosix", package: "swift-nio")]),
        .testTarget(name: "DrydockServerTests", dependencies: ["DrydockServer", "DrydockTesting", "TestSockets"]),
        .testTarget(
            name: "CertificatesTests",
            dependencies: ["Certificates", .product(name: "X509", package: "swift-certificates")]),
        .testTarget(name: "OCITests", dependencies: ["OCI"]),
        .testTarget(
            name: "ContractTests",
            dependencies: ["Contract", "EC2API", "ECRAPI", "STSAPI", "Scenarios"]),
        .testTarget(name: "SimulatedDockerTests", dependencies: ["SimulatedDocker"]),
        .testTarget(name: "ScenariosTests", dependencies: ["Scenarios", "DrydockServer"]),
        .testTarget(
            name: "GoldenTests",
            dependencies: ["AWSClient", "AWSModels", "Contract", "EC2API", "ECRAPI", "IAMAPI", "SSMAPI", "STSAPI"]),
    ].map { (target: Target) in
        if target.type != .system, target.name != "CGuest" { target.swiftSettings = strict }
        return target
    }
)
