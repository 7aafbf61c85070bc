// A session.

import Foundation

/// A session with an agent, opened by ``AgentHumanClient/openSession(agentID:sessionType:metadata:)``.
///
/// The client keeps its grant, and renews it before it expires. Every call sends the app's token and the grant.
public final class Session: Sendable, Identifiable {
    /// The session's id.
    public let id: String

    /// The session when it was opened, or after the last ``refresh()``, ``end()`` or ``renew()``.
    public var info: SessionInfo {
        seen.value
    }

    /// The session as an app stores it, to ``AgentHumanClient/resume(_:)`` it after a restart. What was stored once is
    /// valid for as long as the backend renews grants of the session (8 hours by default).
    public var restorable: RestorableSession {
        RestorableSession(data: client.native.restorable(session: id))
    }

    private let client: AgentHumanClient
    private let seen: Locked<SessionInfo>

    init(_ info: SessionInfo, of client: AgentHumanClient) {
        id = info.id
        seen = Locked(info)
        self.client = client
    }

    /// Sends a message, and returns it with the agent's reply.
    ///
    /// A message whose response is lost is sent again automatically: the backend recognizes it by its id.
    ///
    /// - Parameters:
    ///   - content: The message: 1 to 32,000 characters.
    ///   - messageID: The app's own id of the message: 1 to 64 letters, digits, `_` or `-`, such as that of a `UUID`. To send a
    ///     message again that may have been sent, pass its id again. Default: a new one.
    /// - Returns: The stored message, and the reply if there is one.
    /// - Throws: ``AgentHumanError``, such as ``AgentHumanError/Kind/conflict`` if the session has ended;
    ///   `CancellationError`. If ``AgentHumanError/outcomeUnknown`` is true, the message may have been sent.
    ///
    /// Credential: the app's token and the session's grant.
    public func send(_ content: String, id messageID: String? = nil) async throws -> MessageExchange {
        try await client.run(.messagesCreate(sessionID: id, content: content, id: messageID))
    }

    /// Returns the messages, oldest first. Pages are fetched during iteration.
    ///
    /// ```swift
    /// for try await message in session.messages(following: true) {
    ///     show(message)
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - following: Continue with new messages after the last one, until the task is cancelled.
    ///   - after: The id of the message after which to start.
    ///   - limit: The number of messages per page.
    ///   - every: The interval at which to check for new messages while following. Default: 2 seconds.
    /// - Returns: A sequence whose iteration throws ``AgentHumanError`` or `CancellationError`.
    ///
    /// Credential: the app's token and the session's grant.
    public func messages(
        following: Bool = false,
        after: String? = nil,
        limit: Int? = nil,
        every: Duration? = nil
    ) -> Messages {
        let pages: Pages<Message>.Way = following ? .following(every: every) : .toTheEnd
        return Messages(
            pages: Pages(client: client, list: .messagesList(sessionID: id, after: after, limit: limit), way: pages))
    }

    /// Starts to watch the messages, for a screen. An app has one conversation for each session that it shows.
    @MainActor
    public func conversation() -> Conversation {
        conversation(every: nil)
    }

    @MainActor
    func conversation(every: Duration?) -> Conversation {
        let native = client.native.conversation(session: id, everyMs: every.map { UInt32($0.inSeconds * 1000) })
        return Conversation(native, session: self, calls: BackendCalls(client: client))
    }

    /// Gets the session from the backend, and updates ``info``.
    ///
    /// - Returns: The session.
    /// - Throws: ``AgentHumanError``; `CancellationError`.
    ///
    /// Credential: the app's token and the session's grant.
    @discardableResult
    public func refresh() async throws -> SessionInfo {
        try await keep(.sessionsGet(id: id))
    }

    /// Ends the session. Ending it again changes nothing.
    ///
    /// - Throws: ``AgentHumanError``; `CancellationError`.
    ///
    /// Credential: the app's token and the session's grant.
    @discardableResult
    public func end() async throws -> SessionInfo {
        try await keep(.sessionsEnd(id: id))
    }

    /// Renews the session's grant now. The client also renews it automatically before it expires.
    ///
    /// - Throws: ``AgentHumanError``, such as ``AgentHumanError/Kind/grantExpired`` if the session is too old, and
    ///   ``AgentHumanError/Kind/conflict`` if it has ended; `CancellationError`.
    ///
    /// Credential: the app's token and the session's grant.
    @discardableResult
    public func renew() async throws -> SessionInfo {
        try await keep(.sessionsRenew(id: id))
    }

    private func keep(_ operation: PhoneOperation<SessionInfo>) async throws -> SessionInfo {
        let info = try await client.run(operation)
        seen.value = info
        return info
    }
}

extension Session: CustomStringConvertible {
    /// The id and the status.
    public var description: String {
        "Session(id: \(id), status: \(info.status))"
    }
}
