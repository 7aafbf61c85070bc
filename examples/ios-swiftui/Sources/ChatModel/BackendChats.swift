// The chats of a user at the backend.

import AgentHuman

/// The chats of a user at the backend, which says which sessions the user has, on whichever device they were opened.
struct BackendChats: Chats {
    let client: AgentHumanClient
    let store: any SessionStore

    func list() async throws -> [SessionInfo] {
        try await client.sessions()
    }

    func chat(of session: SessionInfo) -> any ConversationSource {
        BackendChat(store: store) { try await client.resumeSession(id: session.id) }
    }

    func newChat() -> any ConversationSource {
        BackendChat(store: store) { try await client.openSession(sessionType: .agentChat) }
    }

    func lastChat() async throws -> (any ConversationSource)? {
        guard let stored = try await store.load() else { return nil }
        return BackendChat(store: store) { try await client.resume(stored) }
    }

    func end(_ session: SessionInfo) async throws {
        try await client.resumeSession(id: session.id).end()
    }

    func forget() async throws {
        try await store.remove()
    }

    func connectionsChanged() {
        client.connectionsChanged()
    }
}

/// A chat whose session the device keeps while it is open.
private struct BackendChat: ConversationSource {
    let store: any SessionStore
    let session: @Sendable () async throws -> Session

    func open() async throws -> Conversation {
        let session = try await session()
        try await store.save(session.restorable)
        return session.conversation()
    }
}
