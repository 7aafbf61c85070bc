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
                MessageRow(message: message) { model.conversation?.retry(message.id) }
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

struct MessageRow: View {
    let message: ConversationMessage
    let retry: @MainActor () -> Void

    var body: some View {
        VStack(alignment: message.role == .user ? .trailing : .leading) {
            Text(message.content)
            switch message.delivery {
            case .sent: EmptyView()
            case .sending: Text("Sending…")
            case .failed, .unknown:
                Text(message.error?.userMessage ?? "")
                if message.canRetry {
                    Button("Try again", action: retry)
                }
            }
        }
    }
}

#Preview {
    ChatView(model: ChatModel(FakeConversations([(.assistant, "Welcome!")]) { "You said \($0)" }))
}
