// The chats of the signed-in user.

import AgentHuman

/// The chats of the signed-in user. Previews and tests of views have ``SampleChats``.
@MainActor
public protocol Chats: Sendable {
    /// Returns the sessions of the user.
    func list() async throws -> [SessionInfo]
    /// Returns the chat of a session.
    func chat(of session: SessionInfo) -> any ConversationSource
    /// Returns a chat in a new session.
    func newChat() -> any ConversationSource
    /// Returns the chat that the user had open when the app ended, or nil if there is none.
    func lastChat() async throws -> (any ConversationSource)?
    /// Ends a session.
    func end(_ session: SessionInfo) async throws
    /// Forgets what the device keeps of the chats.
    func forget() async throws
    /// Reports that the network changed or that the app is in the foreground again.
    func connectionsChanged()
}
