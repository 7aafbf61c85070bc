// The error type.

import Foundation

/// An error of this library. Its ``kind`` says what failed. It contains no token or grant.
///
/// ```swift
/// do {
///     try await session.send("Hello!")
/// } catch AgentHumanError.Kind.rateLimited {
///     show("One moment …")
/// } catch let error as AgentHumanError {
///     show(error.userMessage)
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
        /// The duration.
        public let duration: Duration

        /// Creates an attempt.
        public init(status: Int? = nil, code: String? = nil, duration: Duration = .zero) {
            self.status = status
            self.code = code
            self.duration = duration
        }

        /// Decodes an attempt from the JSON of the native library.
        public init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            status = try fields.decodeIfPresent(Int.self, forKey: .status)
            code = try fields.decodeIfPresent(String.self, forKey: .code)
            duration = .milliseconds(try fields.decode(Int64.self, forKey: .milliseconds))
        }

        private enum CodingKeys: String, CodingKey {
            case status, code
            case milliseconds = "duration_ms"
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
    public let requestID: String?
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

    /// Creates an error, for previews and tests of an app.
    ///
    /// - Parameters:
    ///   - kind: The kind.
    ///   - message: The description for developers.
    ///   - suggestion: How to fix it.
    ///   - status: The HTTP status, if there was a response.
    ///   - operation: The operation that failed.
    ///   - retryable: Whether the same call may succeed later.
    ///   - retryAfter: How long to wait before the next call.
    ///   - outcomeUnknown: Whether a write may have taken effect although the call failed.
    ///   - underlying: The error that the app's token function threw.
    public init(
        _ kind: Kind,
        message: String,
        suggestion: String? = nil,
        status: Int? = nil,
        operation: String? = nil,
        retryable: Bool = false,
        retryAfter: Duration? = nil,
        outcomeUnknown: Bool = false,
        underlying: (any Error)? = nil
    ) {
        self.init(
            Info(
                code: kind.rawValue, message: message, suggestion: suggestion, status: status, operation: operation,
                retryable: retryable, retryAfter: retryAfter?.inSeconds, outcomeUnknown: outcomeUnknown))
        self.underlying = underlying
    }

    /// Creates an error from the JSON of the native library.
    init(json: String, underlying: (any Error)? = nil) {
        let info = try? JSONDecoder().decode(Info.self, from: Data(json.utf8))
        self.init(info ?? Info(code: Kind.internal.rawValue, message: "an error of the library cannot be read"))
        self.underlying = underlying
    }

    fileprivate init(_ info: Info) {
        kind = Kind(rawValue: info.code)
        message = info.message
        suggestion = info.suggestion
        status = info.status
        details = info.details
        requestID = info.requestID
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

    /// Whether an error is of this kind or a subordinate kind, for `catch AgentHumanError.Kind.rateLimited`.
    public static func ~= (kind: Self, error: any Error) -> Bool {
        (error as? AgentHumanError)?.kind.is(kind) ?? false
    }

    /// The superordinate kind, if there is one.
    public var parent: Self? {
        Self.parents[self]
    }
}

extension AgentHumanError: LocalizedError {
    /// A text for the user of the app. ``message`` and ``description`` are for developers.
    ///
    /// It is in English unless the app has its own: a string catalog or strings file `AgentHuman` in the main bundle, with
    /// the codes of kinds as its keys, such as `rate_limited`. A kind without a string has that of the kind above it.
    public var userMessage: String {
        userMessage { kind in
            let missing = "\u{0}"
            let found = Bundle.main.localizedString(forKey: kind.rawValue, value: missing, table: "AgentHuman")
            return found == missing ? nil : found
        }
    }

    /// The ``userMessage``, which alerts show.
    public var errorDescription: String? {
        userMessage
    }

    func userMessage(_ translate: (Kind) -> String?) -> String {
        for kind in sequence(first: kind, next: \.parent) {
            if let text = translate(kind) {
                return text
            }
        }
        let english = Kind.userMessages[kind] ?? Kind.unknownUserMessage
        return english.isEmpty ? message : english
    }
}

extension AgentHumanError: CustomStringConvertible {
    /// The code and the whole error in one line: message, suggestion, status, operation and request id.
    public var description: String {
        "\(code): \(line ?? message)"
    }
}

extension AgentHumanError {
    /// An error inside JSON of the native library.
    struct Crossing: Decodable {
        let error: AgentHumanError

        init(from decoder: any Decoder) throws {
            error = AgentHumanError(try Info(from: decoder))
        }
    }
}

private struct Info: Decodable {
    var code: String
    var message: String
    var suggestion: String?
    var status: Int?
    var details: JSONValue?
    var requestID: String?
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
        case requestID = "request_id"
        case retryAfter = "retry_after"
        case outcomeUnknown = "outcome_unknown"
    }
}
