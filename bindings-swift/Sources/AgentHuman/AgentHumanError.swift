// The error type.

import Foundation

/// An error of this library. Its ``kind`` says what failed. It contains no token or grant.
///
/// ```swift
/// do {
///     try await session.send("Hello!")
/// } catch let error as AgentHumanError where error.kind.is(.rateLimited) {
///     try await Task.sleep(for: error.retryAfter ?? .seconds(1))
/// }
/// ```
///
/// A cancelled task throws `CancellationError` instead.
public struct AgentHumanError: Error, Sendable {
    /// The kind of error, the same in every language. Later versions may have more kinds.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        /// The kind's code, such as `rate_limited`.
        public let rawValue: String

        /// Creates a kind from its code.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }
    }

    /// One HTTP request of a call.
    public struct Attempt: Decodable, Hashable, Sendable {
        /// The HTTP status, if there was a response.
        public let status: Int?
        /// The code of the error, if the attempt failed.
        public let code: String?
        /// The duration in milliseconds.
        public let durationMs: Int

        enum CodingKeys: String, CodingKey {
            case status, code
            case durationMs = "duration_ms"
        }
    }

    /// The kind.
    public let kind: Kind
    /// The description of the error, in one sentence.
    public let message: String
    /// How to fix it.
    public let suggestion: String?
    /// The HTTP status, where there was an answer.
    public let status: Int?
    /// Further details from the service.
    public let details: JSONValue?
    /// The id of the request. Quote it to the backend's support.
    public let requestId: String?
    /// The operation that failed.
    public internal(set) var operation: String?
    /// Every attempt: its status, its error code if it failed, and its duration.
    public let attempts: [Attempt]
    /// Whether the same call may succeed later.
    public let retryable: Bool
    /// How long to wait before the next call, if the service sent it.
    public let retryAfter: Duration?
    /// Whether a write may have taken effect although the call failed.
    public let outcomeUnknown: Bool
    /// The phase of the call in which the connection failed or the deadline passed.
    public let phase: String?
    /// The invalid parameter or option.
    public let parameter: String?
    /// The error that the app's token function threw.
    public internal(set) var underlying: (any Error)?
    /// The whole error in one line, as the native library formats it.
    private let line: String?

    /// The kind's code, the same in every language.
    public var code: String {
        kind.rawValue
    }

    init(_ kind: Kind, _ message: String) {
        self.init(Info(code: kind.rawValue, message: message))
    }

    /// Creates an error from the JSON of the native library.
    init(json: String, underlying: (any Error)? = nil) {
        let info = try? JSONDecoder().decode(Info.self, from: Data(json.utf8))
        self.init(info ?? Info(code: Kind.internal.rawValue, message: "an error of the library cannot be read"))
        self.underlying = underlying
    }

    private init(_ info: Info) {
        kind = Kind(rawValue: info.code)
        message = info.message
        suggestion = info.suggestion
        status = info.status
        details = info.details
        requestId = info.requestId
        operation = info.operation
        attempts = info.attempts ?? []
        retryable = info.retryable ?? false
        retryAfter = info.retryAfter.map { .seconds($0) }
        outcomeUnknown = info.outcomeUnknown ?? false
        phase = info.phase
        parameter = info.parameter
        line = info.line
    }
}

extension AgentHumanError.Kind {
    /// Returns whether the error is of this kind or a subordinate kind.
    public func `is`(_ ancestor: Self) -> Bool {
        self == ancestor || (parent?.is(ancestor) ?? false)
    }

    /// The superordinate kind, if there is one.
    public var parent: Self? {
        Self.parents[self]
    }
}

extension AgentHumanError: LocalizedError {
    /// The message and the suggestion.
    public var errorDescription: String? {
        [message, suggestion].compactMap { $0 }.joined(separator: " ")
    }

    /// How to fix it.
    public var recoverySuggestion: String? {
        suggestion
    }
}

extension AgentHumanError: CustomStringConvertible {
    /// The code and the whole error in one line: message, suggestion, status, operation and request id.
    public var description: String {
        "\(code): \(line ?? errorDescription ?? message)"
    }
}

private struct Info: Decodable {
    var code: String
    var message: String
    var suggestion: String?
    var status: Int?
    var details: JSONValue?
    var requestId: String?
    var operation: String?
    var attempts: [AgentHumanError.Attempt]?
    var retryable: Bool?
    var retryAfter: Double?
    var outcomeUnknown: Bool?
    var phase: String?
    var parameter: String?
    var line: String?

    enum CodingKeys: String, CodingKey {
        case code, message, suggestion, status, details, operation, attempts, retryable, phase, parameter, line
        case requestId = "request_id"
        case retryAfter = "retry_after"
        case outcomeUnknown = "outcome_unknown"
    }
}
