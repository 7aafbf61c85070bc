// The conversation of an app across restarts.

internal import AgentHumanNative

/// Opens the conversation of a screen. A view model depends on this, so that its tests and previews can use
/// ``FakeConversations``.
public protocol ConversationSource: Sendable {
    /// Opens the conversation.
    @MainActor func open() async throws -> Conversation
}

/// The session of an app's user across restarts: the stored one as long as it goes on, then a new one.
///
/// ```swift
/// let sessions = StoredSession(client: client, store: KeychainStore())
/// let conversation = try await sessions.open()
/// ```
@MainActor
public final class StoredSession: ConversationSource {
    private let client: AgentHumanClient
    private let store: any SessionStore
    private let agentID: String?
    private let sessionType: SessionType?
    private let metadata: [String: JSONValue]?
    /// The session, or its opening, which callers at the same time share.
    private var session: Task<Session, any Error>?

    /// Creates the session of a store. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - client: The client.
    ///   - store: Where the session is kept.
    ///   - agentID: The requested agent of a new session.
    ///   - sessionType: The requested type of a new session.
    ///   - metadata: Data for the backend's policy on a new session.
    public init(
        client: AgentHumanClient,
        store: any SessionStore,
        agentID: String? = nil,
        sessionType: SessionType? = .agentChat,
        metadata: [String: JSONValue]? = nil
    ) {
        self.client = client
        self.store = store
        self.agentID = agentID
        self.sessionType = sessionType
        self.metadata = metadata
    }

    /// Resumes the stored session, or opens a session and stores it if there is none, if it has ended, or if it is another
    /// user's. After other errors, such as a network that is down, the stored session is kept.
    ///
    /// - Throws: ``AgentHumanError``; an error of the store.
    public func open() async throws -> Conversation {
        let opening =
            session
            ?? Task {
                if let resumed = try await resumed() { return resumed }
                return try await opened()
            }
        session = opening
        do {
            return try await opening.value.conversation()
        } catch {
            if session == opening {
                session = nil
            }
            throw error
        }
    }

    /// Ends the session and forgets it. The next ``open()`` opens a new one.
    ///
    /// - Throws: ``AgentHumanError``; an error of the store.
    public func end() async throws {
        if let session {
            try await session.value.end()
        } else {
            try await resumed()?.end()
        }
        session = nil
        try await store.remove()
    }

    private func resumed() async throws -> Session? {
        guard let stored = try await store.load() else { return nil }
        do {
            return try await client.resume(stored)
        } catch let error as AgentHumanError where isOver(code: error.code) {
            try await store.remove()
            return nil
        }
    }

    private func opened() async throws -> Session {
        let session = try await client.openSession(agentID: agentID, sessionType: sessionType, metadata: metadata)
        do {
            try await store.save(session.restorable)
        } catch {
            _ = try? await session.end()
            throw error
        }
        return session
    }
}
