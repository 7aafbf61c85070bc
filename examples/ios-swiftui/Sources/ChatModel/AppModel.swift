// The app: whether a user is signed in, and what happens around it.

import AgentHuman

#if !WITHOUT_OBSERVATION
    import Observation
#endif

/// The app: whether a user is signed in, whether there is a network, and whether it is in the foreground.
#if !WITHOUT_OBSERVATION
    @Observable
#endif
@MainActor
public final class AppModel {
    /// What the app shows.
    public enum Stage {
        /// The device is being asked for the sign-in of before.
        case starting
        case signedOut(SignInModel)
        case signedIn(ChatsModel)
    }

    public private(set) var stage = Stage.starting
    /// Whether the device has a network.
    public private(set) var isOnline = true

    private let backend: Backend
    private let store: AppStore

    /// Creates the app. Nothing is read or sent yet.
    public init(backend: Backend, store: AppStore) {
        self.backend = backend
        self.store = store
    }

    /// Goes on where the app was when it ended: with its user, and with the chat that was open.
    public func start() async {
        guard case .starting = stage else { return }
        do {
            guard let token = try await store.token.load() else { return showSignIn() }
            try await enter(token)
        } catch {
            showSignIn(error.localizedDescription)
        }
    }

    /// Signs the user out, and forgets what the device keeps.
    public func signOut() async {
        await leave { try await $0.session.remove() }
    }

    /// Lets the user sign in again, after the backend rejected the token. The chat that is open then goes on.
    public func signInAgain() async {
        await leave { _ in }
    }

    /// Reports another network, or that there is none.
    public func networkChanged(isOnline: Bool) {
        self.isOnline = isOnline
        guard case .signedIn(let chats) = stage else { return }
        chats.connectionsChanged()
        if isOnline {
            chats.chat?.resume()
        }
    }

    /// Reports that the app is in the foreground.
    public func enteredForeground() {
        guard case .signedIn(let chats) = stage else { return }
        chats.connectionsChanged()
        chats.chat?.resume()
    }

    /// Reports that the app is in the background: it does not look for new messages there.
    public func enteredBackground() {
        guard case .signedIn(let chats) = stage else { return }
        chats.chat?.pause()
    }

    private func showSignIn(_ error: String? = nil) {
        stage = .signedOut(
            SignInModel(error: error) { [weak self] user, password in
                guard let self else { return }
                let token = try await backend.signIn(user: user, password: password)
                try await store.token.save(token)
                try await enter(token)
            })
    }

    private func enter(_ token: String) async throws {
        let chats = ChatsModel(BackendChats(client: try backend.client(token: token), store: store.session))
        try await chats.openLast()
        stage = .signedIn(chats)
    }

    private func leave(_ forget: (AppStore) async throws -> Void) async {
        guard case .signedIn(let chats) = stage else { return }
        chats.chat?.close()
        do {
            try await store.token.save(nil)
            try await forget(store)
            showSignIn()
        } catch {
            showSignIn(error.localizedDescription)
        }
    }
}
