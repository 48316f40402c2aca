// swift-tools-version: 6.1
import PackageDescription

// A program that keeps its releases in Amazon ECR, and its tests, which need neither AWS nor a network.

let package = Package(
    name: "Releases",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "Drydock", path: "../..")],
    targets: [
        .target(name: "Releases", dependencies: [.product(name: "AWSClient", package: "Drydock")]),
        .testTarget(
            name: "ReleasesTests", dependencies: ["Releases", .product(name: "DrydockTesting", package: "Drydock")],
            exclude: ["Goldens"]),
    ]
)
