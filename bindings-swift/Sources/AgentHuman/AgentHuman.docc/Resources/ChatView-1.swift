import AgentHuman
import SwiftUI

struct ChatView: View {
    let model: ChatModel

    var body: some View {
        VStack {
            if let problem = model.problem ?? model.conversation?.error?.userMessage {
                Text(problem)
            }
            List(model.conversation?.messages ?? []) { message in
                Text(message.content)
            }
        }
        .task { await model.open() }
    }
}
