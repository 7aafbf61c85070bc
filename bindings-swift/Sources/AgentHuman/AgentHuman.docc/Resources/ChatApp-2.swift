import AgentHuman
import SwiftUI

@main
struct ChatApp: App {
    private let client: AgentHumanClient
    @State private var model: ChatModel
    @Environment(\.scenePhase) private var scenePhase

    init() {
        do {
            client = try Backend.client()
            _model = State(initialValue: ChatModel(Backend.conversations(of: client)))
        } catch {
            fatalError("the backend's URL is invalid: \(error)")
        }
    }

    var body: some Scene {
        WindowGroup {
            ChatView(model: model)
                .onChange(of: scenePhase) { _, phase in
                    switch phase {
                    case .active:
                        client.connectionsChanged()
                        model.conversation?.resume()
                    case .background:
                        model.conversation?.pause()
                    default: break
                    }
                }
        }
    }
}
