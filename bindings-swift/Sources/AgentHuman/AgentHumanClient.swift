// The client.

internal import AgentHumanNative
import Foundation

/// A client of your backend's relay.
///
/// An app must not contain an API key: the backend has the key. The app passes a function that returns its own token of its
/// user. The function runs for every call, in the task of the call, and again if the backend rejects the token. It should
/// cache its token.
///
/// ```swift
/// let client = try AgentHumanClient(backend: URL(string: "https://example.com/agenthuman")!) {
///     try await signIn.currentToken()
/// }
/// let session = try await client.openSession(agentID: "7")
/// let exchange = try await session.send("Hello!")
/// ```
///
/// Calls throw ``AgentHumanError``. Cancelling a task drops its request, and its call throws
/// `CancellationError`. Any number of tasks can use a client concurrently.
public final class AgentHumanClient: Sendable {
    /// The version of the library.
    public static let version = AgentHumanNative.version()

    let native: PhoneClient
    let token: @Sendable () async throws -> String

    /// Creates a client. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - backend: The URL of the relay in the backend. HTTPS, or HTTP for loopback addresses.
    ///   - timeout: The timeout of a call with its retries. Default: 60 seconds.
    ///   - connectTimeout: The timeout for connecting. Default: 5 seconds.
    ///   - allowInsecureHttp: Allows an `http` backend at another address of a private network. For development only:
    ///     the connection is not encrypted, and the token is sent, too.
    ///   - maxRetries: The maximum number of retries, which are sent only if that is safe. Default: 2.
    ///   - maxResponseBytes: The maximum size of a response body, in bytes.
    ///   - headers: Headers for every request.
    ///   - token: Returns the app's own token of its user, which the backend checks. An error that it throws is the
    ///     ``AgentHumanError/underlying`` of the call's error.
    /// - Throws: ``AgentHumanError`` of the kind ``AgentHumanError/Kind/configuration`` if an option is invalid or contains
    ///   an API key.
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

    /// Opens a session with an agent. The backend's policy decides, and may choose other values.
    ///
    /// The client keeps the backend's grant for the session, and renews it before it expires.
    ///
    /// - Parameters:
    ///   - agentID: The requested agent.
    ///   - sessionType: The requested type. Default: ``SessionType/voice``.
    ///   - metadata: Data for the backend's policy.
    /// - Returns: The session.
    /// - Throws: ``AgentHumanError``, such as ``AgentHumanError/Kind/policyRefused``; `CancellationError`.
    ///
    /// Credential: the app's token.
    public func openSession(
        agentID: String? = nil,
        sessionType: SessionType? = nil,
        metadata: [String: JSONValue]? = nil
    ) async throws -> Session {
        let opened = try await run(.sessionsCreate(agentID: agentID, sessionType: sessionType, metadata: metadata))
        return Session(opened, of: self)
    }

    /// Resumes a session that was opened before, such as by another process of the app. Its messages are those of the backend.
    ///
    /// - Parameter restorable: The session as it was stored: its ``Session/restorable``.
    /// - Returns: The session.
    /// - Throws: ``AgentHumanError``, such as ``AgentHumanError/Kind/conflict`` if the session has ended,
    ///   ``AgentHumanError/Kind/grantExpired`` if it is too old, ``AgentHumanError/Kind/permissionDenied`` if it is another
    ///   user's, and ``AgentHumanError/Kind/invalidArgument`` if it was opened with another backend; `CancellationError`.
    ///
    /// Credential: the app's token.
    public func resume(_ restorable: RestorableSession) async throws -> Session {
        let id: String
        do {
            id = try native.restore(restorable: restorable.data)
        } catch PhoneFailure.Refused(let error) {
            throw AgentHumanError(json: error)
        }
        return Session(try await run(.sessionsRenew(id: id)), of: self)
    }

    /// Lists the user's sessions, the newest first: those of any device that the backend's policy shows, and at most 20.
    ///
    /// - Returns: The sessions.
    /// - Throws: ``AgentHumanError``, such as ``AgentHumanError/Kind/policyRefused``; `CancellationError`.
    ///
    /// Credential: the app's token.
    public func sessions() async throws -> [SessionInfo] {
        try await run(.sessionsList())
    }

    /// Resumes a session of the user that was opened on any device. Its messages are those of the backend.
    ///
    /// The messages of a session that has ended can be read, and ``Session/send(_:id:)`` throws
    /// ``AgentHumanError/Kind/conflict``.
    ///
    /// - Parameter id: The session's id, such as one of ``sessions()``.
    /// - Returns: The session.
    /// - Throws: ``AgentHumanError``, such as ``AgentHumanError/Kind/notFound`` if the user has no such session, and
    ///   ``AgentHumanError/Kind/policyRefused`` if the policy does not allow it; `CancellationError`.
    ///
    /// Credential: the app's token.
    public func resumeSession(id: String) async throws -> Session {
        Session(try await run(.sessionsResume(id: id)), of: self)
    }

    /// Opens a session in a room: an avatar joins a room, which the app joins with the session's ``RoomSession/url`` and
    /// ``RoomSession/token``. The backend's policy decides on the avatar and the room.
    ///
    /// The session costs money until it has ended. The client keeps the backend's grant for it, and renews it before it
    /// expires. If the call is cancelled before its response arrives, the backend ends the session.
    ///
    /// - Parameters:
    ///   - avatar: The requested avatar: its id, or the URL of a picture of a face.
    ///   - metadata: Data for the backend's policy.
    /// - Returns: The session.
    /// - Throws: ``AgentHumanError``, such as ``AgentHumanError/Kind/policyRefused``, or
    ///   ``AgentHumanError/Kind/notFound`` if the backend opens no rooms; `CancellationError`.
    ///
    /// Credential: the app's token.
    public func openRoom(avatar: String? = nil, metadata: [String: JSONValue]? = nil) async throws -> RoomSession {
        RoomSession(try await run(.roomsCreate(avatar: avatar, metadata: metadata)), of: self)
    }

    /// Lists the public avatars.
    ///
    /// - Throws: ``AgentHumanError``; `CancellationError`.
    ///
    /// Credential: the app's token.
    public func avatars() async throws -> [Avatar] {
        try await run(.avatarsList())
    }

    /// Lists the public voices.
    ///
    /// - Throws: ``AgentHumanError``; `CancellationError`.
    ///
    /// Credential: the app's token.
    public func voices() async throws -> [Voice] {
        try await run(.voicesList())
    }

    /// Lists the agents that the backend's policy allows for this user.
    ///
    /// - Throws: ``AgentHumanError``; `CancellationError`.
    ///
    /// Credential: the app's token.
    public func agents() async throws -> [AgentInfo] {
        try await run(.agentsList())
    }

    /// Reports that the network of the device changed or that the app is in the foreground again.
    ///
    /// Later requests use new connections, and requests without a response that are safe to retry are sent again. An app calls
    /// it in the `pathUpdateHandler` of an `NWPathMonitor`. Without it, connections that were idle for 10 seconds are not
    /// used again.
    public func connectionsChanged() {
        native.connectionsChanged()
    }

    /// Closes the client. Calls in flight continue; later calls throw ``AgentHumanError/Kind/closed``.
    public func close() {
        native.close()
    }
}

extension AgentHumanClient: CustomStringConvertible {
    /// The URL of the backend, without secrets.
    public var description: String {
        "AgentHumanClient(\(native.describe()))"
    }
}

/// The options in the form of the native library.
private struct Config: Encodable {
    let backend: String
    let package = ["language": "swift"]
    let token = ["function": true]
    let timeout: Double?
    let connectTimeout: Double?
    let allowInsecureHttp: Bool
    let maxRetries: Int?
    let maxResponseBytes: Int?
    let headers: [[String]]

    enum CodingKeys: String, CodingKey {
        case backend, package, token, timeout, headers
        case connectTimeout = "connect_timeout"
        case allowInsecureHttp = "allow_insecure_http"
        case maxRetries = "max_retries"
        case maxResponseBytes = "max_response_bytes"
    }
}
