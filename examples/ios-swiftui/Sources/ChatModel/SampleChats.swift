// Chats without a backend.

import AgentHuman
import Foundation

/// Chats without a backend, for previews and for tests of views.
public struct SampleChats: Chats {
    private let sessions: [SessionInfo]
    private let conversation: FakeConversations

    /// Creates chats that all have the same history.
    ///
    /// - Parameters:
    ///   - agents: The names of their agents.
    ///   - conversation: The conversation of each chat.
    public init(agents: [String] = ["Sunny", "Rainer"], conversation: FakeConversations = .sample) {
        sessions = agents.enumerated().map { number, agent in
            SessionInfo(
                id: "\(number)", agentID: "\(number)", agentName: agent, sessionType: .agentChat, status: .active,
                startedAt: Date(timeIntervalSinceReferenceDate: 800_000_000 + Double(number) * 5000))
        }
        self.conversation = conversation
    }

    public func list() async throws -> [SessionInfo] { sessions }
    public func chat(of session: SessionInfo) -> any ConversationSource { conversation }
    public func newChat() -> any ConversationSource { conversation }
    public func lastChat() async throws -> (any ConversationSource)? { nil }
    public func end(_ session: SessionInfo) async throws {}
    public func forget() async throws {}
    public func connectionsChanged() {}
}

extension FakeConversations {
    /// A conversation whose agent repeats what it reads, and which is offline for messages with that word.
    public static let sample = FakeConversations([(.user, "Hello!"), (.assistant, "Welcome! How can I help?")]) {
        text in
        if text.contains("offline") {
            throw AgentHumanError(.connection, message: "no network", retryable: true)
        }
        return "You said: \(text)"
    }
}
