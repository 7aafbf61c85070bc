// Conversations without a backend, for tests and previews of an app.

internal import AgentHumanNative
import Foundation

/// Opens conversations in memory, for tests and previews of an app: the rules are those of a real one, and nothing is sent.
///
/// ```swift
/// #Preview {
///     ChatView(model: ChatModel(FakeConversations([(.assistant, "Welcome!")]) { "You said \($0)" }))
/// }
/// ```
public struct FakeConversations: ConversationSource {
    private let messages: [(MessageRole, String)]
    private let reply: @Sendable (String) async throws -> String?

    /// Creates a source of conversations.
    ///
    /// - Parameters:
    ///   - messages: The history: authors and texts.
    ///   - reply: Returns the agent's reply to a message, or nil if there is none. If it throws an ``AgentHumanError``, sending
    ///     failed with it.
    public init(
        _ messages: [(MessageRole, String)] = [],
        reply: @escaping @Sendable (String) async throws -> String? = { _ in nil }
    ) {
        self.messages = messages
        self.reply = reply
    }

    public func open() async throws -> Conversation {
        // Nothing is sent to it.
        guard let nowhere = URL(string: "http://127.0.0.1:9") else {
            throw AgentHumanError(.internal, message: "not a URL")
        }
        let client = try AgentHumanClient(backend: nowhere) { "fake" }
        let info = SessionInfo(
            id: "fake", agentID: "fake", sessionType: .agentChat, status: .active, startedAt: .now)
        let native = client.native.conversation(session: info.id, everyMs: nil)
        let calls = FakeCalls(native: native, history: messages.map(FakeCalls.message), reply: reply)
        return Conversation(native, session: Session(info, of: client), calls: calls)
    }
}

/// The calls of a conversation without a backend.
@MainActor
private final class FakeCalls: ConversationCalls {
    private let native: PhoneConversation
    private let history: [JSONValue]
    private let reply: @Sendable (String) async throws -> String?
    /// The message before, since messages are sent one after the other.
    private var last: Task<Void, Never>?

    init(native: PhoneConversation, history: [JSONValue], reply: @escaping @Sendable (String) async throws -> String?) {
        self.native = native
        self.history = history
        self.reply = reply
    }

    func send(_ id: String, _ content: String, _ call: PhoneCall) async {
        let before = last
        let sending = Task {
            await before?.value
            await answer(id, content)
        }
        last = sending
        await sending.value
        // It was not run; now that the message has its outcome, that changes nothing.
        call.cancel()
    }

    func follow(_ call: PhoneCall) async {
        native.received(messages: (try? encoded(history)) ?? "[]")
        call.cancel()
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(3600))
        }
    }

    private func answer(_ id: String, _ content: String) async {
        do {
            let message = Self.message(.user, content)
            let reply = try await reply(content).map { Self.message(.assistant, $0) }
            native.answered(id: id, exchange: try encoded(["message": message, "reply": reply ?? .null]))
        } catch {
            let error = error as? AgentHumanError ?? AgentHumanError(.internal, message: "\(error)")
            native.failed(
                id: id, code: error.code, message: error.message, retryable: error.retryable,
                outcomeUnknown: error.outcomeUnknown)
        }
    }

    nonisolated static func message(_ role: MessageRole, _ content: String) -> JSONValue {
        [
            "id": .string("fake-\(UUID().uuidString)"), "session_id": "fake", "role": .string(role.rawValue),
            "content": .string(content), "created_at": .string(Date.now.ISO8601Format()),
        ]
    }
}
