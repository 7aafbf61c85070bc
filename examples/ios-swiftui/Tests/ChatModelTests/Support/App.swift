// The app on a phone, and waiting for what it shows.

import AgentHuman
import Foundation

@testable import ChatModel

/// The backend that `cargo xtask test swift` starts: `examples/mobile-backend` on a sandbox.
func backendURL() throws -> URL {
    guard let url = ProcessInfo.processInfo.environment["AGENTHUMAN_BACKEND"].flatMap(URL.init(string:)) else {
        throw Missing(what: "AGENTHUMAN_BACKEND: run the tests by `cargo xtask test swift`")
    }
    return url.deletingLastPathComponent()
}

/// A phone: what it keeps is there after the app was killed.
@MainActor
struct Phone {
    let store: AppStore
    let url: URL

    /// Creates a phone where nobody is signed in.
    init() throws {
        try self.init(token: nil, url: backendURL())
    }

    /// Creates a phone of a new user. The backend accepts every user, since its service is a sandbox.
    init(of user: String, url: URL? = nil) throws {
        try self.init(token: "demo-\(user)-\(UUID())", url: url ?? backendURL())
    }

    private init(token: String?, url: URL) {
        store = AppStore(token: MemoryTokenStore(token), session: MemorySessionStore())
        self.url = url
    }

    /// Starts the app.
    func launch() async -> AppModel {
        let app = AppModel(backend: Backend(url: url), store: store)
        await app.start()
        return app
    }
}

extension AppModel {
    var form: SignInModel? {
        if case .signedOut(let form) = stage { form } else { nil }
    }

    var chats: ChatsModel? {
        if case .signedIn(let chats) = stage { chats } else { nil }
    }

    /// Opens a chat in a new session.
    func newChat() async throws -> ChatModel {
        chats?.openNew()
        guard let chat = chats?.chat else { throw Missing(what: "a user") }
        await chat.open()
        return chat
    }
}

extension SignInModel {
    /// Fills the form in, and sends it.
    func submit(_ user: String, _ password: String) async {
        self.user = user
        self.password = password
        await submit()
    }
}

extension ChatModel {
    /// Waits for a state of the conversation.
    func until(_ isReached: (ChatModel) -> Bool) async throws {
        guard let conversation else { throw Missing(what: "the conversation: \(String(describing: notice))") }
        for await _ in conversation.states where isReached(self) {
            return
        }
        throw Missing(what: "a state")
    }

    /// Writes a message, and sends it.
    func send(_ text: String) {
        draft = text
        send()
    }

    /// The texts of the user's messages.
    var said: [String] {
        messages.filter { $0.role == .user }.map(\.content)
    }
}
