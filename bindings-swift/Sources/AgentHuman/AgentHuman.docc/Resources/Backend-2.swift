import AgentHuman
import Foundation

enum Backend {
    static func client() throws -> AgentHumanClient {
        let url = URL(string: "http://127.0.0.1:8788")!
        return try AgentHumanClient(backend: url) { "demo-ada" }
    }

    @MainActor static func conversations(of client: AgentHumanClient) -> any ConversationSource {
        StoredSession(client: client, store: KeychainStore())
    }
}
