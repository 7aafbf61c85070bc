// A session as an app stores it.

import Foundation

/// A session as an app stores it, to resume it after a restart.
///
/// It contains the backend's grant for the session, so store it where the app keeps its sign-in, such as in the Keychain. The
/// backend accepts the grant from the same user only. It is never printed.
///
/// ```swift
/// try keychain.set(session.restorable.data, for: "session")
/// // After a restart:
/// let session = try await client.resume(RestorableSession(data: data))
/// ```
public struct RestorableSession: Sendable, Hashable {
    /// The bytes to store. Their form is internal.
    public let data: Data

    /// Creates a restorable session from stored bytes, which ``AgentHumanClient/resume(_:)`` checks.
    public init(data: Data) {
        self.data = data
    }
}

extension RestorableSession: Codable {
    public init(from decoder: any Decoder) throws {
        data = try decoder.singleValueContainer().decode(Data.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(data)
    }
}

extension RestorableSession: CustomStringConvertible, CustomReflectable {
    /// The type, without the content.
    public var description: String {
        "RestorableSession([redacted])"
    }

    /// A mirror without the content, for `dump` and debuggers.
    public var customMirror: Mirror {
        Mirror(self, children: [:])
    }
}
