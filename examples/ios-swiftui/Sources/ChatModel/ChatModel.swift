// One chat.

import AgentHuman

#if !WITHOUT_OBSERVATION
    import Observation
#endif

/// One chat: its conversation, and the message that the user writes.
#if !WITHOUT_OBSERVATION
    @Observable
#endif
@MainActor
public final class ChatModel {
    /// The conversation, which is observable itself; nil until it is open.
    public private(set) var conversation: Conversation?
    /// The text that the user is writing.
    public var draft = ""

    private let source: any ConversationSource
    private var isOpening = false
    /// Why the conversation could not be opened, or a message was not accepted.
    private var failure: Notice?

    /// Creates a chat. Nothing is sent yet.
    public init(_ source: any ConversationSource) {
        self.source = source
    }

    /// Opens the conversation, unless it is open.
    public func open() async {
        guard conversation == nil, !isOpening else { return }
        isOpening = true
        defer { isOpening = false }
        do {
            conversation = try await source.open()
            failure = nil
        } catch is CancellationError {
            // The view is gone.
        } catch {
            failure = Notice(error)
        }
    }

    /// The messages, with those that are on their way.
    public var messages: [ConversationMessage] { conversation?.messages ?? [] }

    /// Whether the agent's reply is awaited.
    public var isAwaitingReply: Bool { conversation?.isAwaitingReply ?? false }

    /// Whether the draft can be sent.
    public var canSend: Bool {
        conversation != nil && draft.contains { !$0.isWhitespace }
    }

    /// A problem that the user must know of, or nil.
    public var notice: Notice? {
        if let failure { return failure }
        switch conversation?.connection {
        case .waiting: return .reconnecting
        case .stopped: return conversation?.error.map(Notice.init)
        case .connecting, .connected, .paused, .closed, nil: return nil
        }
    }

    /// Sends the draft. It is among the messages at once.
    public func send() {
        guard canSend else { return }
        do {
            try conversation?.send(draft)
            draft = ""
            failure = nil
        } catch {
            failure = Notice(error)
        }
    }

    /// Sends a message again that failed.
    public func retry(_ message: ConversationMessage) {
        conversation?.retry(message.id)
    }

    /// Removes a message that was not sent.
    public func discard(_ message: ConversationMessage) {
        conversation?.discard(message.id)
    }

    /// Looks for new messages again, or tries to open the conversation again.
    public func resume() {
        if let conversation {
            conversation.resume()
        } else {
            Task { await open() }
        }
    }

    /// Stops looking for new messages. Messages on their way are sent.
    public func pause() {
        conversation?.pause()
    }

    func close() {
        conversation?.close()
    }
}

extension ChatModel: Hashable {
    nonisolated public static func == (one: ChatModel, other: ChatModel) -> Bool { one === other }

    nonisolated public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
