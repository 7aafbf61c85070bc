// A chat on the command line, through a backend's relay. Sends its arguments, or your input with --ask, and prints one line
// of JSON at the end.
//
// Reads AGENTHUMAN_BACKEND, the relay's URL, and AGENTHUMAN_APP_TOKEN, the app's own token of its user.
// `agenthuman relay --demo` starts a relay.

import AgentHuman
import Foundation

@main
struct Chat {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        let token = environment["AGENTHUMAN_APP_TOKEN"] ?? "demo-alice"
        guard let backend = URL(string: environment["AGENTHUMAN_BACKEND"] ?? "http://127.0.0.1:8788") else {
            throw URLError(.badURL)
        }
        let client = try AgentHumanClient(backend: backend) { token }
        let session = try await client.openSession()
        print("session \(session.id) with \(session.info.agentName ?? "an agent")")
        let isAnswered = try await converse(in: session, saying: Array(CommandLine.arguments.dropFirst()))
        var messages = 0
        for try await _ in session.messages() {
            messages += 1
        }
        let ended = try await session.end()
        let outcome: [String: JSONValue] = [
            "language": "Swift",
            "session_status": .string(ended.status.rawValue),
            "messages": .integer(messages),
            "reply": .bool(isAnswered),
            "error": await refusal(client).map(JSONValue.string) ?? .null,
        ]
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        print(String(decoding: try encoder.encode(outcome), as: UTF8.self))
    }

    /// Sends each line, and returns whether each got a reply.
    static func converse(in session: Session, saying messages: [String]) async throws -> Bool {
        var lines = (messages.isEmpty ? ["Hello!", "What can you do?"] : messages).makeIterator()
        var isAnswered = true
        while let line = messages == ["--ask"] ? ask() : lines.next() {
            let exchange = try await session.send(line)
            print("> \(exchange.message.content)\n< \(exchange.reply?.content ?? "(no reply)")")
            isAnswered = isAnswered && exchange.reply != nil
        }
        return isAnswered
    }

    static func ask() -> String? {
        print("> ", terminator: "")
        return readLine().flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Returns the code of the error for an unknown agent.
    static func refusal(_ client: AgentHumanClient) async -> String? {
        do {
            _ = try await client.openSession(agentID: "999999")
            return nil
        } catch let error as AgentHumanError {
            print("an unknown agent is refused: \(error.localizedDescription)")
            return error.code
        } catch {
            return nil
        }
    }
}
