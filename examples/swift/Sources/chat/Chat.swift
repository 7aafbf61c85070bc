// A chat on the command line, through a backend's relay. Says what it is given, or asks you with --ask, and prints one
// line of JSON at the end.
//
// Reads AGENTHUMAN_BACKEND, the relay's URL, and AGENTHUMAN_APP_TOKEN, the app's own token of its user. A relay to try
// it with: `agenthuman relay --demo`.

import AgentHuman
import Foundation

@main
struct Chat {
    /// What the last line tells, in this order.
    struct Outcome {
        let sessionStatus: String?
        let messages: Int
        let isAnswered: Bool
        let error: String?

        var line: String {
            let fields: [(String, JSONValue)] = [
                ("language", "Swift"), ("session_status", sessionStatus.map(JSONValue.string) ?? nil),
                ("messages", .integer(messages)), ("reply", .bool(isAnswered)),
                ("error", error.map(JSONValue.string) ?? nil),
            ]
            let written = fields.map { name, value in
                let json = (try? JSONEncoder().encode(value)).map { String(decoding: $0, as: UTF8.self) }
                return "\"\(name)\":\(json ?? "null")"
            }
            return "{\(written.joined(separator: ","))}"
        }
    }

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
        let messages = try await session.messages().reduce(0) { count, _ in count + 1 }
        let ended = try await session.end()
        let outcome = Outcome(
            sessionStatus: ended.status, messages: messages, isAnswered: isAnswered, error: await refusal(client))
        print(outcome.line)
    }

    /// Says each line, and tells whether each was answered.
    static func converse(in session: Session, saying given: [String]) async throws -> Bool {
        if given == ["--ask"] {
            var isAnswered = true
            while let line = ask() {
                isAnswered = try await say(line, in: session) && isAnswered
            }
            return isAnswered
        }
        var isAnswered = true
        for line in given.isEmpty ? ["Hello!", "What can you do?"] : given {
            isAnswered = try await say(line, in: session) && isAnswered
        }
        return isAnswered
    }

    static func ask() -> String? {
        print("> ", terminator: "")
        return readLine().flatMap { $0.isEmpty ? nil : $0 }
    }

    static func say(_ line: String, in session: Session) async throws -> Bool {
        let exchange = try await session.send(line)
        print("> \(exchange.message.content ?? line)\n< \(exchange.reply?.content ?? "(no reply)")")
        return exchange.reply != nil
    }

    /// The code of the error that an unknown agent meets.
    static func refusal(_ client: AgentHumanClient) async -> String? {
        do {
            _ = try await client.openSession(agentId: "999999")
            return nil
        } catch let error as AgentHumanError {
            print("an unknown agent is refused: \(error.localizedDescription)")
            return error.code
        } catch {
            return nil
        }
    }
}
