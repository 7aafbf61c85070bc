// One chat.

#if canImport(SwiftUI)
    import AgentHuman
    import ChatModel
    import SwiftUI

    struct ChatView: View {
        @Bindable var chat: ChatModel

        var body: some View {
            ScrollView {
                LazyVStack(spacing: 12) {
                    ForEach(chat.messages) { message in
                        MessageRow(message: message, retry: { chat.retry(message) }, discard: { chat.discard(message) })
                    }
                    if chat.isAwaitingReply {
                        ProgressView()
                            .frame(maxWidth: .infinity, alignment: .leading)
                            .accessibilityLabel("The agent is typing")
                    }
                }
                .padding()
            }
            .defaultScrollAnchor(.bottom)
            .overlay {
                if chat.conversation == nil && chat.notice == nil {
                    ProgressView()
                }
            }
            .safeAreaInset(edge: .bottom) {
                VStack(spacing: 0) {
                    if let notice = chat.notice {
                        NoticeBanner(notice: notice, retry: chat.resume)
                    }
                    Composer(chat: chat)
                }
            }
            .navigationTitle(chat.conversation?.session.info.agentName ?? "")
            .task { await chat.open() }
        }
    }

    /// The text that the user writes.
    private struct Composer: View {
        @Bindable var chat: ChatModel

        var body: some View {
            HStack(alignment: .bottom) {
                // It grows with its text, and with the text size of the device.
                TextField("Message", text: $chat.draft, axis: .vertical)
                    .lineLimit(1...6)
                    .textFieldStyle(.roundedBorder)
                Button("Send", systemImage: "arrow.up.circle.fill") { chat.send() }
                    .labelStyle(.iconOnly)
                    .font(.title)
                    .disabled(!chat.canSend)
            }
            .padding()
            .background(.bar)
        }
    }

    #Preview("Chat") {
        NavigationStack {
            ChatView(chat: ChatModel(FakeConversations.sample))
        }
    }

    #Preview("Right to left, large text") {
        NavigationStack {
            ChatView(chat: ChatModel(FakeConversations.sample))
        }
        .environment(\.layoutDirection, .rightToLeft)
        .dynamicTypeSize(.accessibility3)
    }
#endif
