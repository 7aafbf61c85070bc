// A client of a backend's relay: what an app makes once and keeps.

internal import AgentHumanNative
import Foundation

/// A client of your backend's relay, through which an app talks with AgentHuman's agents.
///
/// An app holds no API key: the key stays with the backend. The app gives its own token for its user, by a function that
/// runs in the task of each call, and again where the backend refuses what it gave. Keeping the token is the app's part.
///
/// ```swift
/// let client = try AgentHumanClient(backend: URL(string: "https://example.com/agenthuman")!) {
///     try await signIn.currentToken()
/// }
/// let session = try await client.openSession(agentId: "7")
/// let exchange = try await session.send("Hello!")
/// ```
///
/// Failures are thrown as ``AgentHumanError``. Cancelling a task drops its request, and its call throws
/// `CancellationError`. A client may be used from any number of tasks at once.
public final class AgentHumanClient: Sendable {
    /// The version of the library.
    public static let version = AgentHumanNative.version()

    let native: PhoneClient
    let token: @Sendable () async throws -> String

    /// Makes a client. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - backend: Where the backend mounts the relay. HTTPS, save for loopback.
    ///   - timeout: How long a request may take with everything about it; 60 seconds by default.
    ///   - connectTimeout: How long connecting may take; 5 seconds by default.
    ///   - allowInsecureHttp: Allows an `http` backend at another address of a private network. For development only:
    ///     everyone on the way can read what is sent, the token too.
    ///   - maxRetries: How often a call is made again where that can do no harm; 2 by default.
    ///   - maxResponseBytes: The largest answer that is taken, in bytes.
    ///   - headers: Headers for every request.
    ///   - token: Gives the app's own token for its user, which the backend checks. What it throws becomes the
    ///     ``AgentHumanError/underlying`` of the call's error.
    /// - Throws: ``AgentHumanError`` of the kind ``AgentHumanError/Kind/configuration`` for an option that cannot be; an
    ///   API key anywhere among them is one.
    public init(
        backend: URL,
        timeout: Duration? = nil,
        connectTimeout: Duration? = nil,
        allowInsecureHttp: Bool = false,
        maxRetries: Int? = nil,
        maxResponseBytes: Int? = nil,
        headers: [String: String] = [:],
        token: @escaping @Sendable () async throws -> String
    ) throws {
        let config = Config(
            backend: backend.absoluteString,
            timeout: timeout?.inSeconds,
            connectTimeout: connectTimeout?.inSeconds,
            allowInsecureHttp: allowInsecureHttp,
            maxRetries: maxRetries,
            maxResponseBytes: maxResponseBytes,
            headers: headers.map { [$0.key, $0.value] }
        )
        do {
            native = try PhoneClient(config: encoded(config))
        } catch PhoneFailure.Refused(let error) {
            throw AgentHumanError(json: error)
        }
        self.token = token
    }

    /// Opens a session with an agent. All that is asked for is a wish: the backend's policy decides.
    ///
    /// The grant that the backend gives for the session is kept in the client, and renewed before it runs out.
    ///
    /// - Parameters:
    ///   - agentId: The agent to talk with; the backend may choose one itself.
    ///   - sessionType: How it is held: `agent_voice`, `agent_video`, `agent_chat`, `webrtc_video`, or `voice`, which is
    ///     the default.
    ///   - metadata: Data for the backend's policy.
    /// - Returns: The session, which has begun.
    /// - Throws: ``AgentHumanError``, such as ``AgentHumanError/Kind/policyRefused``; `CancellationError`.
    ///
    /// Credential: the app's token.
    public func openSession(
        agentId: String? = nil,
        sessionType: String? = nil,
        metadata: [String: JSONValue]? = nil
    ) async throws -> Session {
        let opened = try await run(.sessionsCreate(agentId: agentId, sessionType: sessionType, metadata: metadata))
        return Session(opened, of: self)
    }

    /// Lists the avatars that everyone may use.
    ///
    /// - Throws: ``AgentHumanError``; `CancellationError`.
    ///
    /// Credential: the app's token.
    public func avatars() async throws -> [Avatar] {
        try await run(.avatarsList())
    }

    /// Lists the voices that everyone may use.
    ///
    /// - Throws: ``AgentHumanError``; `CancellationError`.
    ///
    /// Credential: the app's token.
    public func voices() async throws -> [Voice] {
        try await run(.voicesList())
    }

    /// Lists the agents that the backend's policy shows to this user.
    ///
    /// - Throws: ``AgentHumanError``; `CancellationError`.
    ///
    /// Credential: the app's token.
    public func agents() async throws -> [AgentInfo] {
        try await run(.agentsList())
    }

    /// Refuses every later call, with ``AgentHumanError/Kind/closed``. Calls under way end as they will.
    public func close() {
        native.close()
    }
}

extension AgentHumanClient: CustomStringConvertible {
    /// Where it talks to. No secret is in it.
    public var description: String {
        "AgentHumanClient(\(native.describe()))"
    }
}

/// The client's options as the core reads them.
private struct Config: Encodable {
    let backend: String
    let token = ["function": true]
    let timeout: Double?
    let connectTimeout: Double?
    let allowInsecureHttp: Bool
    let maxRetries: Int?
    let maxResponseBytes: Int?
    let headers: [[String]]

    enum CodingKeys: String, CodingKey {
        case backend, token, timeout, headers
        case connectTimeout = "connect_timeout"
        case allowInsecureHttp = "allow_insecure_http"
        case maxRetries = "max_retries"
        case maxResponseBytes = "max_response_bytes"
    }
}
