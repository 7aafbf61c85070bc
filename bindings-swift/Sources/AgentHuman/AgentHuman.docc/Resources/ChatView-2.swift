import AgentHuman
import SwiftUI

struct ChatView: View {
    @Bindable var model: ChatModel

    var body: some View {
        VStack {
            if let problem = model.problem ?? model.conversation?.error?.userMessage {
                Text(problem)
            }
            List(model.conversation?.messages ?? []) { message in
                Text(message.content)
            }
            if model.conversation?.isAwaitingReply == true {
                Text("The agent is typing")
            }
            HStack {
                TextField("Message", text: $model.draft)
                Button("Send", action: model.send).disabled(model.draft.isEmpty)
            }
        }
        .task { await model.open() }
    }
}
