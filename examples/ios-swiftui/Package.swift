// swift-tools-version: 6.0

import PackageDescription

let package = Package(
    name: "ChatApp",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [.library(name: "ChatUI", targets: ["ChatModel", "ChatUI"])],
    dependencies: [.package(name: "AgentHuman", path: "../../bindings-swift")],
    targets: [
        // The view models, which know nothing of SwiftUI: their tests run on Linux, too.
        .target(
            name: "ChatModel",
            dependencies: [.product(name: "AgentHuman", package: "AgentHuman")],
            // Some distributions of Swift for Linux have no library of it.
            swiftSettings: [.define("WITHOUT_OBSERVATION", .when(platforms: [.linux]))]
        ),
        .target(name: "ChatUI", dependencies: ["ChatModel"]),
        .testTarget(name: "ChatModelTests", dependencies: ["ChatModel"]),
    ]
)
