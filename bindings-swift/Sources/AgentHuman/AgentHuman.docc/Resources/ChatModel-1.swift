import AgentHuman
import Observation

@MainActor @Observable
final class ChatModel {
    private(set) var conversation: Conversation?
    private(set) var problem: String?
    private let source: any ConversationSource

    init(_ source: any ConversationSource) {
        self.source = source
    }

    func open() async {
        do {
            conversation = try await source.open()
            problem = nil
        } catch {
            problem = error.localizedDescription
        }
    }
}
