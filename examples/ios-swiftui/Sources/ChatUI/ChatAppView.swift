// The whole app.

#if canImport(SwiftUI)
    import AgentHuman
    import ChatModel
    import Network
    import SwiftUI

    /// The whole app: the sign-in, or the chats of the user.
    public struct ChatAppView: View {
        @State private var app: AppModel
        @Environment(\.scenePhase) private var scenePhase

        /// Creates the app for a backend. Its views read nothing before they appear.
        public init(backend: Backend, store: AppStore) {
            _app = State(initialValue: AppModel(backend: backend, store: store))
        }

        public var body: some View {
            NavigationStack {
                switch app.stage {
                case .starting: ProgressView()
                case .signedOut(let form): SignInView(form: form)
                case .signedIn(let chats): ChatsView(chats: chats)
                }
            }
            .safeAreaInset(edge: .top) {
                if !app.isOnline {
                    Banner("You are offline.", systemImage: "wifi.slash")
                }
            }
            .environment(app)
            .task { await app.start() }
            .task { await watchNetwork() }
            .onChange(of: scenePhase) { _, phase in
                switch phase {
                case .active: app.enteredForeground()
                case .background: app.enteredBackground()
                default: break
                }
            }
        }

        private func watchNetwork() async {
            let monitor = NWPathMonitor()
            let (paths, report) = AsyncStream.makeStream(of: Bool.self)
            monitor.pathUpdateHandler = { report.yield($0.status == .satisfied) }
            monitor.start(queue: .global(qos: .utility))
            defer { monitor.cancel() }
            for await isOnline in paths {
                app.networkChanged(isOnline: isOnline)
            }
        }
    }

    #Preview {
        ChatAppView(
            backend: Backend(url: URL(filePath: "/")),
            store: AppStore(token: MemoryTokenStore(), session: MemorySessionStore()))
    }
#endif
