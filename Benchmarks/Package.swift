// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that nobody who uses or tests Drydock builds the benchmark harness.
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
