// One message.

#if canImport(SwiftUI)
    import AgentHuman
    import SwiftUI

    struct MessageRow: View {
        let message: ConversationMessage
        let retry: @MainActor () -> Void
        let discard: @MainActor () -> Void

        private var isOwn: Bool { message.role == .user }

        var body: some View {
            // Leading and trailing follow the direction of the language.
            VStack(alignment: isOwn ? .trailing : .leading, spacing: 4) {
                Text(message.content)
                    .textSelection(.enabled)
                    .padding(12)
                    .background(
                        isOwn ? AnyShapeStyle(Color.accentColor.opacity(0.2)) : AnyShapeStyle(.quaternary),
                        in: .rect(cornerRadius: 16)
                    )
                    .opacity(message.delivery == .sending ? 0.6 : 1)
                    .accessibilityLabel(isOwn ? Text("You: \(message.content)") : Text(message.content))
                status
            }
            .frame(maxWidth: .infinity, alignment: isOwn ? .trailing : .leading)
        }

        @ViewBuilder private var status: some View {
            switch message.delivery {
            case .sending:
                Text("Sending…").font(.caption).foregroundStyle(.secondary)
            case .sent:
                EmptyView()
            case .failed:
                undelivered("Not sent")
            case .unknown:
                undelivered("Possibly not sent")
            }
        }

        private func undelivered(_ title: LocalizedStringKey) -> some View {
            VStack(alignment: .trailing) {
                Label(title, systemImage: "exclamationmark.circle").foregroundStyle(.red)
                if let error = message.error {
                    Text(error.userMessage).foregroundStyle(.secondary)
                }
                HStack {
                    if message.canRetry {
                        Button("Try again", action: retry)
                    }
                    Button("Delete", role: .destructive, action: discard)
                }
                .buttonStyle(.bordered)
            }
            .font(.caption)
        }
    }

    #Preview {
        let error = AgentHumanError(.connection, message: "no network", retryable: true)
        let states: [ConversationMessage.Delivery] = [.sent, .sending, .failed, .unknown]
        ScrollView {
            ForEach(states, id: \.self) { delivery in
                MessageRow(
                    message: ConversationMessage(
                        id: delivery.rawValue,
                        message: Message(
                            id: delivery.rawValue, sessionID: "1", role: .user, content: "Hello!", createdAt: .now),
                        delivery: delivery,
                        error: delivery == .failed ? error : nil,
                        canRetry: true),
                    retry: {}, discard: {})
            }
            .padding()
        }
    }
#endif
