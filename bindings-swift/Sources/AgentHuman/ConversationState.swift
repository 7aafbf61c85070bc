// What a screen shows of a conversation.

import Foundation

/// The state of a ``Conversation`` at one moment.
public struct ConversationState: Sendable {
    /// Whether the messages of a conversation are up to date.
    public enum Connection: String, Sendable, Decodable {
        /// The messages are being loaded.
        case connecting
        /// The messages are up to date.
        case connected
        /// The backend was not reached. The conversation tries again by itself, after at most 30 seconds.
        case waiting
        /// An error ended it, such as the end of the user's sign-in. ``Conversation/resume()`` tries again.
        case stopped
        /// ``Conversation/pause()`` was called.
        case paused
        /// ``Conversation/close()`` was called.
        case closed
    }

    /// The messages, in the order of the backend, with those that are on their way.
    public var messages: [ConversationMessage]
    /// Whether a message is on its way or being answered: an app shows that the agent is typing.
    public var isAwaitingReply: Bool
    /// Whether the messages are up to date.
    public var connection: Connection
    /// The error after which the messages may not be up to date, if there is one.
    public var error: AgentHumanError?

    /// Creates a state, for previews and tests of an app.
    public init(
        messages: [ConversationMessage] = [],
        isAwaitingReply: Bool = false,
        connection: Connection = .connecting,
        error: AgentHumanError? = nil
    ) {
        self.messages = messages
        self.isAwaitingReply = isAwaitingReply
        self.connection = connection
        self.error = error
    }
}

/// A message of a ``Conversation``.
public struct ConversationMessage: Identifiable, Sendable {
    /// What is known of a message's way to the backend.
    public enum Delivery: String, Sendable, Decodable {
        /// It is on its way.
        case sending
        /// The backend has it.
        case sent
        /// The backend does not have it.
        case failed
        /// The backend may have it: there was no response. If it has it, the message becomes ``sent`` by itself.
        case unknown
    }

    /// The id in the conversation. It stays the same when the message is sent.
    public let id: String
    /// The message. Before it is sent, its id and its time are those of the phone.
    public let message: Message
    /// What is known of its way to the backend.
    public let delivery: Delivery
    /// The error, if it could not be sent.
    public let error: AgentHumanError?
    /// Whether ``Conversation/retry(_:)`` may help.
    public let canRetry: Bool

    /// The text.
    public var content: String { message.content }
    /// The author.
    public var role: MessageRole { message.role }
    /// The time of the message.
    public var createdAt: Date { message.createdAt }

    /// Creates a message, for previews and tests of an app.
    public init(
        id: String,
        message: Message,
        delivery: Delivery = .sent,
        error: AgentHumanError? = nil,
        canRetry: Bool = false
    ) {
        self.id = id
        self.message = message
        self.delivery = delivery
        self.error = error
        self.canRetry = canRetry
    }
}

/// The changes since a version, from the native library. The messages before `keep` are the same.
struct ConversationUpdate: Decodable {
    struct Row: Decodable {
        let id: String
        let message: Message
        let delivery: ConversationMessage.Delivery
        let error: AgentHumanError.Crossing?
        let canRetry: Bool

        enum CodingKeys: String, CodingKey {
            case id, message, delivery, error
            case canRetry = "can_retry"
        }
    }

    let version: UInt64
    let keep: Int
    let messages: [Row]
    let isAwaitingReply: Bool
    let connection: ConversationState.Connection
    let error: AgentHumanError.Crossing?

    enum CodingKeys: String, CodingKey {
        case version, keep, messages, connection, error
        case isAwaitingReply = "awaiting_reply"
    }

    func applied(to state: ConversationState) -> ConversationState {
        let changed = messages.map { row in
            ConversationMessage(
                id: row.id, message: row.message, delivery: row.delivery, error: row.error?.error,
                canRetry: row.canRetry)
        }
        return ConversationState(
            messages: state.messages.prefix(keep) + changed, isAwaitingReply: isAwaitingReply, connection: connection,
            error: error?.error)
    }
}
