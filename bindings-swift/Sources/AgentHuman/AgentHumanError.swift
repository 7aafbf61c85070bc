// Any failure of the library, as one value.

import Foundation

/// Any failure of this library. What went wrong is its ``kind``; nothing in it holds a token or a grant.
///
/// ```swift
/// do {
///     try await session.send("Hello!")
/// } catch let error as AgentHumanError where error.kind.is(.rateLimited) {
///     try await Task.sleep(for: error.retryAfter ?? .seconds(1))
/// }
/// ```
///
/// Cancellation is none of them: a cancelled task gets `CancellationError`.
public struct AgentHumanError: Error, Sendable {
    /// What kind of failure it is, the same in every language. New kinds may come.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        /// The kind's code, such as `rate_limited`.
        public let rawValue: String

        /// A kind by its code.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }
    }

    /// One try at sending a request.
    public struct Attempt: Decodable, Hashable, Sendable {
        /// The HTTP status, where there was an answer.
        public let status: Int?
        /// The code of the kind that it failed with, where it failed.
        public let code: String?
        /// How long it took, in milliseconds.
        public let durationMs: Int

        enum CodingKeys: String, CodingKey {
            case status, code
            case durationMs = "duration_ms"
        }
    }

    /// The kind.
    public let kind: Kind
    /// One sentence: what was wrong, and where.
    public let message: String
    /// What to do about it.
    public let suggestion: String?
    /// The HTTP status, where there was an answer.
    public let status: Int?
    /// What else the service said of it.
    public let details: JSONValue?
    /// The id of the request, to be quoted to the backend's support.
    public let requestId: String?
    /// The operation that failed.
    public internal(set) var operation: String?
    /// Every try: its status, the code it failed with, and its time.
    public let attempts: [Attempt]
    /// Whether the same call may succeed later.
    public let retryable: Bool
    /// How long to wait, where the service said so.
    public let retryAfter: Duration?
    /// Whether a write may have happened all the same.
    public let outcomeUnknown: Bool
    /// Where the connection broke, or while doing what the deadline passed.
    public let phase: String?
    /// The parameter or option that was refused.
    public let parameter: String?
    /// What the app's own function threw when it was asked for a token.
    public internal(set) var underlying: (any Error)?
    /// The whole error in one line, as the core writes it.
    private let line: String?

    /// The kind's code, the same in every language.
    public var code: String {
        kind.rawValue
    }

    init(_ kind: Kind, _ message: String) {
        self.init(Info(code: kind.rawValue, message: message))
    }

    /// An error as the core describes it.
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
    /// Whether it is this kind, or one below it.
    public func `is`(_ ancestor: Self) -> Bool {
        self == ancestor || (parent?.is(ancestor) ?? false)
    }

    /// The kind that this one is a case of, where there is one.
    public var parent: Self? {
        Self.parents[self]
    }
}

extension AgentHumanError: LocalizedError {
    /// What was wrong, and what to do about it.
    public var errorDescription: String? {
        [message, suggestion].compactMap { $0 }.joined(separator: " ")
    }

    /// What to do about it.
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
