// A session as an app holds it.

import Foundation

/// A session with an agent, opened by ``AgentHumanClient/openSession(agentId:sessionType:metadata:)``.
///
/// Its grant is kept in the client, and renewed before it runs out. Every call carries the app's token and the grant.
public final class Session: Sendable, Identifiable {
    /// The session's id.
    public let id: String

    /// The session as it was last read: when it was opened, or by ``refresh()``, ``end()`` or ``renew()``.
    public var info: SessionInfo {
        seen.value
    }

    private let client: AgentHumanClient
    private let seen: Locked<SessionInfo>

    init(_ info: SessionInfo, of client: AgentHumanClient) {
        id = info.id
        seen = Locked(info)
        self.client = client
    }

    /// Says something, and gives the agent's reply.
    ///
    /// - Parameter content: What to say: 1 to 32,000 characters.
    /// - Returns: The message as it was kept, and the reply where there is one.
    /// - Throws: ``AgentHumanError``, such as ``AgentHumanError/Kind/conflict`` once the session has ended;
    ///   `CancellationError`. Where ``AgentHumanError/outcomeUnknown`` is true, the message may have been said.
    ///
    /// Credential: the app's token and the session's grant.
    public func send(_ content: String) async throws -> MessageExchange {
        try await client.run(.messagesCreate(sessionId: id, content: content))
    }

    /// What was said, the oldest first, read page by page as the loop asks for it.
    ///
    /// ```swift
    /// for try await message in session.messages(following: true) {
    ///     show(message)
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - following: Goes on after the last message, and waits for new ones, until the task is cancelled.
    ///   - after: The cursor to begin after.
    ///   - limit: The number of messages a page.
    ///   - every: How long to wait, where it follows, before it looks for new messages; 2 seconds by default.
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
            pages: Pages(client: client, list: .messagesList(sessionId: id, after: after, limit: limit), way: pages))
    }

    /// Reads the session from the backend. ``info`` is the same from then on.
    ///
    /// - Returns: The session as it is now.
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

    /// Renews the session's grant, which the client does by itself before the grant runs out.
    ///
    /// - Throws: ``AgentHumanError``, such as ``AgentHumanError/Kind/grantExpired`` where the session is too old, and
    ///   ``AgentHumanError/Kind/conflict`` once it has ended; `CancellationError`.
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
    /// Its id and its status. No secret is in it.
    public var description: String {
        "Session(id: \(id), status: \(info.status ?? "unknown"))"
    }
}
