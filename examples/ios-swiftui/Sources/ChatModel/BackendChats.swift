// The chats of a user at the backend.

import AgentHuman

/// The chats of a user at the backend.
@MainActor
final class BackendChats: Chats {
    private let client: AgentHumanClient
    private let store: any SessionStore
    /// The sessions of this run.
    private var sessions: [Session] = []

    init(client: AgentHumanClient, store: any SessionStore) {
        self.client = client
        self.store = store
    }

    func list() async throws -> [SessionInfo] {
        sessions.map(\.info)
    }

    func chat(of session: SessionInfo) -> any ConversationSource {
        BackendChat(store: store) { [self] in try find(session) }
    }

    func newChat() -> any ConversationSource {
        BackendChat(store: store) { [self] in
            let session = try await client.openSession(sessionType: .agentChat)
            sessions.insert(session, at: 0)
            return session
        }
    }

    func lastChat() async throws -> (any ConversationSource)? {
        guard let stored = try await store.load() else { return nil }
        return BackendChat(store: store) { [self] in
            let session = try await client.resume(stored)
            sessions.insert(session, at: 0)
            return session
        }
    }

    func end(_ session: SessionInfo) async throws {
        try await find(session).end()
    }

    private func find(_ info: SessionInfo) throws -> Session {
        guard let session = sessions.first(where: { $0.id == info.id }) else {
            throw AgentHumanError(.notFound, message: "no session \(info.id)")
        }
        return session
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
    let session: @MainActor () async throws -> Session

    func open() async throws -> Conversation {
        let session = try await session()
        try await store.save(session.restorable)
        return session.conversation()
    }
}
