// The list of chats.

import AgentHuman

#if !WITHOUT_OBSERVATION
    import Observation
#endif

/// The list of chats, and the one that is open.
#if !WITHOUT_OBSERVATION
    @Observable
#endif
@MainActor
public final class ChatsModel {
    /// The sessions of the user.
    public private(set) var sessions: [SessionInfo] = []
    /// Whether the list is being loaded.
    public private(set) var isLoading = false
    /// Why the list could not be loaded.
    public private(set) var notice: Notice?
    /// The chat that is open. The app returns to it after it was killed, until the user leaves it.
    public var chat: ChatModel? {
        didSet {
            guard let oldValue, oldValue !== chat else { return }
            oldValue.close()
            if chat == nil {
                Task { [chats] in try? await chats.forget() }
            }
        }
    }

    private let chats: any Chats

    /// Creates a list. Nothing is sent yet.
    public init(_ chats: any Chats) {
        self.chats = chats
    }

    /// Loads the list.
    public func refresh() async {
        await load {}
    }

    /// Ends a session: a user may have a few at a time only.
    public func end(_ session: SessionInfo) async {
        await load { [chats] in try await chats.end(session) }
    }

    private func load(after work: () async throws -> Void) async {
        isLoading = true
        defer { isLoading = false }
        do {
            try await work()
            sessions = try await chats.list()
            notice = nil
        } catch is CancellationError {
            // The view is gone.
        } catch {
            notice = Notice(error)
        }
    }

    /// Opens the chat of a session.
    public func open(_ session: SessionInfo) {
        chat = ChatModel(chats.chat(of: session))
    }

    /// Opens a chat in a new session.
    public func openNew() {
        chat = ChatModel(chats.newChat())
    }

    /// Opens the chat that was open when the app ended, if there is one.
    func openLast() async throws {
        chat = try await chats.lastChat().map(ChatModel.init)
    }

    func connectionsChanged() {
        chats.connectionsChanged()
    }
}
