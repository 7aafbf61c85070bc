// The list of chats.

#if canImport(SwiftUI)
    import AgentHuman
    import ChatModel
    import SwiftUI

    struct ChatsView: View {
        @Bindable var chats: ChatsModel
        @Environment(AppModel.self) private var app: AppModel?

        var body: some View {
            List(chats.sessions) { session in
                Button {
                    chats.open(session)
                } label: {
                    SessionRow(session: session)
                }
                .swipeActions {
                    if session.status == .active {
                        Button("End", role: .destructive) {
                            Task { await chats.end(session) }
                        }
                    }
                }
            }
            .overlay {
                if chats.sessions.isEmpty && !chats.isLoading {
                    ContentUnavailableView("No chats", systemImage: "bubble.left.and.bubble.right")
                }
            }
            .safeAreaInset(edge: .bottom) {
                if let notice = chats.notice {
                    NoticeBanner(notice: notice)
                }
            }
            .navigationTitle("Chats")
            .toolbar {
                ToolbarItem(placement: .cancellationAction) {
                    Button("Sign out") {
                        Task { await app?.signOut() }
                    }
                }
                ToolbarItem(placement: .primaryAction) {
                    Button("New chat", systemImage: "square.and.pencil") { chats.openNew() }
                }
            }
            .navigationDestination(item: $chats.chat) { chat in
                ChatView(chat: chat)
            }
            .task { await chats.refresh() }
            .refreshable { await chats.refresh() }
        }
    }

    private struct SessionRow: View {
        let session: SessionInfo

        var body: some View {
            VStack(alignment: .leading) {
                Text(session.agentName ?? session.agentID).font(.headline)
                if session.status == .active {
                    Text(session.startedAt, style: .date).foregroundStyle(.secondary)
                } else {
                    Text("Ended").foregroundStyle(.secondary)
                }
            }
            // VoiceOver reads the row as one element.
            .accessibilityElement(children: .combine)
        }
    }

    #Preview {
        NavigationStack {
            ChatsView(chats: ChatsModel(SampleChats()))
        }
    }
#endif
