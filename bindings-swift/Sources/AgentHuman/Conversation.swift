// A conversation that a screen watches.

internal import AgentHumanNative
import Foundation

#if canImport(Combine)
    import Combine
#endif
#if OBSERVATION
    import Observation
#endif

/// The messages of a session as a screen shows them: the history, new messages, and the user's own from the moment of sending,
/// each with its state. It is created by ``Session/conversation()``.
///
/// ```swift
/// struct ChatView: View {
///     let conversation: Conversation
///
///     var body: some View {
///         List(conversation.messages) { message in
///             Text(message.content).opacity(message.delivery == .sending ? 0.5 : 1)
///         }
///     }
/// }
/// ```
///
/// It is `Observable` (iOS 17, macOS 14) and an `ObservableObject`; elsewhere there are ``states``. It follows the session once,
/// however many views watch it, and shows each message once. An app calls ``pause()`` in the background and ``resume()`` on
/// return. All methods return at once.
@MainActor
public final class Conversation {
    /// The session.
    public let session: Session

    /// The messages and the state of the connection.
    public private(set) var state: ConversationState {
        get {
            #if OBSERVATION
                if #available(iOS 17, macOS 14, *) {
                    registrar.access(self, keyPath: \.state)
                }
            #endif
            return current
        }
        set {
            #if canImport(Combine)
                objectWillChange.send()
            #endif
            #if OBSERVATION
                if #available(iOS 17, macOS 14, *) {
                    registrar.withMutation(of: self, keyPath: \.state) { current = newValue }
                } else {
                    current = newValue
                }
            #else
                current = newValue
            #endif
            for listener in listeners.values {
                listener.yield(newValue)
            }
        }
    }

    /// The messages, in the order of the backend, with those that are on their way.
    public var messages: [ConversationMessage] { state.messages }
    /// Whether a message is on its way or being answered: an app shows that the agent is typing.
    public var isAwaitingReply: Bool { state.isAwaitingReply }
    /// Whether the messages are up to date.
    public var connection: ConversationState.Connection { state.connection }
    /// The error after which the messages may not be up to date, if there is one.
    public var error: AgentHumanError? { state.error }

    private let calls: any ConversationCalls
    private let native: PhoneConversation
    private var current = ConversationState()
    private var version: UInt64 = 0
    private var follower: Task<Void, Never>?
    private var listeners: [Int: AsyncStream<ConversationState>.Continuation] = [:]
    private var nextListener = 0
    #if OBSERVATION
        // A stored property cannot depend on the platform's version.
        private let storedRegistrar: (any Sendable)? = {
            if #available(iOS 17, macOS 14, *) { ObservationRegistrar() } else { nil }
        }()
    #endif

    init(_ native: PhoneConversation, session: Session, calls: any ConversationCalls) {
        self.native = native
        self.session = session
        self.calls = calls
        publish()
        Task { [weak self, native] in
            while let version = self?.version, self?.connection != .closed {
                await native.changed(since: version)
                self?.publish()
            }
        }
        follow()
    }

    deinit {
        follower?.cancel()
        native.close()
    }

    /// Sends a message. It is in ``messages`` at once, and its ``ConversationMessage/delivery`` shows what becomes of it.
    ///
    /// - Parameter content: The message: 1 to 32,000 characters. Messages are sent one after the other.
    /// - Returns: The id of the message in the conversation.
    /// - Throws: ``AgentHumanError`` of the kind ``AgentHumanError/Kind/invalidArgument`` if the message is empty or too long.
    @discardableResult
    public func send(_ content: String) throws -> ConversationMessage.ID {
        let sending: PhoneSending
        do {
            sending = try native.send(content: content)
        } catch PhoneFailure.Refused(let error) {
            throw AgentHumanError(json: error)
        }
        run(sending.id, sending.call)
        return sending.id
    }

    /// Sends a message again that failed. It has the same id, so that a backend that has it already does not send it twice.
    /// Nothing happens if the message is on its way or was sent.
    ///
    /// - Parameter id: The ``ConversationMessage/id``.
    public func retry(_ id: ConversationMessage.ID) {
        if let call = native.retry(id: id) {
            run(id, call)
        }
    }

    /// Removes a message that could not be sent.
    public func discard(_ id: ConversationMessage.ID) {
        native.discard(id: id)
        publish()
    }

    /// Stops looking for new messages, for an app in the background. Messages on their way are sent.
    public func pause() {
        native.pause()
        follower?.cancel()
        publish()
    }

    /// Looks for new messages again: when the app is back, when there is a network, or when the user has signed in again.
    public func resume() {
        native.resume()
        publish()
        follow()
    }

    /// Ends the conversation on this phone. Messages on their way are sent. The session goes on; ``Session/end()`` ends it.
    public func close() {
        native.close()
        follower?.cancel()
        publish()
        for listener in listeners.values {
            listener.finish()
        }
    }

    /// The states from now on, the current one first. States in between may be left out.
    public var states: AsyncStream<ConversationState> {
        let (states, listener) = AsyncStream.makeStream(
            of: ConversationState.self, bufferingPolicy: .bufferingNewest(1))
        let number = nextListener
        nextListener += 1
        listeners[number] = listener
        listener.onTermination = { [weak self] _ in
            Task { await self?.forget(number) }
        }
        listener.yield(current)
        if current.connection == .closed {
            listener.finish()
        }
        return states
    }

    private func forget(_ listener: Int) {
        listeners[listener] = nil
    }

    /// Runs the call that sends a message. Its outcome is that of the message.
    private func run(_ id: String, _ call: PhoneCall) {
        publish()
        let content = current.messages.last { $0.id == id }?.content ?? ""
        Task { [weak self, calls] in
            await calls.send(id, content, call)
            self?.publish()
        }
    }

    private func follow() {
        let before = follower
        before?.cancel()
        follower = Task { [weak self, calls, native] in
            await before?.value
            while !Task.isCancelled, let call = native.next() {
                await calls.follow(call)
                self?.publish()
            }
        }
    }

    private func publish() {
        guard
            let update = try? JSONDecoder().decode(
                ConversationUpdate.self, from: Data(native.update(since: version).utf8)),
            update.version != version
        else { return }
        version = update.version
        state = update.applied(to: current)
    }
}

/// What a conversation does with its calls.
@MainActor
protocol ConversationCalls: Sendable {
    /// Runs the call that sends a message.
    func send(_ id: String, _ content: String, _ call: PhoneCall) async
    /// Runs a call that reads what is new.
    func follow(_ call: PhoneCall) async
}

/// The calls of a backend, whose outcomes the native conversation learns: the errors are part of its state.
struct BackendCalls: ConversationCalls {
    let client: AgentHumanClient

    func send(_ id: String, _ content: String, _ call: PhoneCall) async {
        _ = try? await client.body(of: call)
    }

    func follow(_ call: PhoneCall) async {
        _ = try? await client.body(of: call)
    }
}

#if OBSERVATION
    @available(iOS 17, macOS 14, *)
    extension Conversation: Observable {
        private var registrar: ObservationRegistrar {
            // It was created on this platform.
            storedRegistrar as? ObservationRegistrar ?? ObservationRegistrar()
        }
    }
#endif

#if canImport(Combine)
    extension Conversation: ObservableObject {}
#endif

extension Conversation: CustomStringConvertible {
    /// The session's id.
    public nonisolated var description: String {
        "Conversation(session: \(session.id))"
    }
}
