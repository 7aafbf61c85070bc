import AgentHuman
import SwiftUI

@main
struct ChatApp: App {
    @State private var model: ChatModel

    init() {
        do {
            _model = State(initialValue: ChatModel(Backend.conversations(of: try Backend.client())))
        } catch {
            fatalError("the backend's URL is invalid: \(error)")
        }
    }

    var body: some Scene {
        WindowGroup {
            ChatView(model: model)
        }
    }
}
