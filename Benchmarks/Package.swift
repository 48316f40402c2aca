// swift-tools-version: 6.1
import PackageDescription

// A separate package, so that users and tests of Drydock do not build the benchmark harness.
// Run with: swift package --package-path Benchmarks benchmark

let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "Drydock", path: ".."),
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "DrydockBenchmarks",
            dependencies: [
                .product(name: "DrydockTesting", package: "Drydock"), .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/Drydock",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
    ]
)
