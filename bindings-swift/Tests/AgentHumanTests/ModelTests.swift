// Decoding models from the core's JSON.

import Foundation
import Testing

@testable import AgentHuman

@Suite struct ModelTests {
    /// A message with every required field; `others` follow.
    private func sample(_ others: String = "", createdAt: String = "2026-02-03T04:05:06Z") throws -> Message {
        try decoded(
            #"{"id":"1","session_id":"7","role":"user","content":"Hi","created_at":"\#(createdAt)"\#(others)}"#)
    }

    @Test func fieldsThatNoResponseNeedsAreOptional() throws {
        let session: SessionInfo = try decoded(
            #"{"id":"7","agent_id":"3","session_type":"voice","status":"active","started_at":"2026-02-03T04:05:06Z"}"#)
        #expect(session.id == "7")
        #expect(session.status == .active)
        #expect(session.endedAt == nil)
        #expect(session.extra.isEmpty)
    }

    @Test func unknownFieldsAreKept() throws {
        let message = try sample(#","extra":{"mood":"sunny","weights":[1,2.5,{"a":null}],"big":1e300}"#)
        #expect(message.extra["mood"] == "sunny")
        #expect(message.extra["weights"] == [1, 2.5, ["a": nil]])
        #expect(message.extra["big"] == 1e300)
    }

    @Test func aNumberBeyondTheRangeOfADoubleIsNull() throws {
        let message = try sample(#","extra":{"huge":[1e400,-1e400],"large":1e300}"#)
        #expect(message.extra["huge"] == [nil, nil])
        #expect(message.extra["large"] == 1e300)
    }

    @Test(arguments: [
        ("2026-02-03T04:05:06Z", 1_770_091_506.0), ("2026-02-03T04:05:06.5Z", 1_770_091_506.5),
        ("2026-02-03T04:05:06.250Z", 1_770_091_506.25), ("2026-02-03T04:05:06.123456Z", 1_770_091_506.123456),
        ("2026-02-03T04:05:06+01:00", 1_770_087_906.0), ("1969-12-31T23:59:59Z", -1.0),
        ("9999-12-31T23:59:59Z", 253_402_300_799.0), ("2026-02-03T04:05:06.123456789Z", 1_770_091_506.123457),
    ])
    func instantsAreRead(_ text: String, _ seconds: Double) throws {
        let read = try sample(createdAt: text).createdAt.timeIntervalSince1970
        #expect(abs(read - seconds) < 0.001, "\(text) was read as \(read)")
    }

    @Test func aModelCanBeMadeForPreviews() {
        let message = Message(id: "1", sessionID: "7", role: .user, content: "Hi", createdAt: Date())
        #expect(message.extra.isEmpty)
        let agent = AgentInfo(id: "3", name: "Ada", language: "en")
        #expect(agent.avatarURL == nil)
    }

    @Test func anyDecoderReadsTheJSONOfTheService() throws {
        let wire = #"{"id":"1","session_id":"7","role":"user","content":"Hi","created_at":"2026-02-03T04:05:06.5Z"}"#
        for strategy in [JSONDecoder.DateDecodingStrategy.deferredToDate, .iso8601, .secondsSince1970] {
            let decoder = JSONDecoder()
            decoder.dateDecodingStrategy = strategy
            let message = try decoder.decode(Message.self, from: Data(wire.utf8))
            #expect(message.createdAt.timeIntervalSince1970 == 1_770_091_506.5)
        }
    }

    @Test func aTextOfALaterServiceIsKept() throws {
        let session: SessionInfo = try decoded(
            #"{"id":"7","agent_id":"3","session_type":"hologram","status":"paused","started_at":"2026-02-03T04:05:06Z"}"#
        )
        #expect(session.status == SessionStatus(rawValue: "paused"))
        #expect("\(session.sessionType)" == "hologram")
        let kept = try JSONDecoder().decode(SessionInfo.self, from: JSONEncoder().encode(session))
        #expect(kept == session)
        let role =
            switch try sample().role {
            case .user: "the user"
            case .assistant: "the agent"
            default: "another"
            }
        #expect(role == "the user")
    }

    @Test func addressesAreURLs() throws {
        let agent: AgentInfo = try decoded(
            #"{"id":"3","name":"Ada","language":"en","avatar_url":"https://example.com/a%20b.png"}"#)
        #expect(agent.avatarURL == URL(string: "https://example.com/a%20b.png"))
        let without: AgentInfo = try decoded(#"{"id":"3","name":"Ada","language":"en","avatar_url":""}"#)
        #expect(without.avatarURL == nil)
        let kept = try JSONDecoder().decode(AgentInfo.self, from: JSONEncoder().encode(agent))
        #expect(kept == agent)
    }

    @Test func modelsRoundTripThroughJSON() throws {
        let exchange: MessageExchange = try decoded(
            #"""
            {"message":{"id":"1","session_id":"7","role":"user","content":"Hi","created_at":"2026-02-03T04:05:06Z",
             "extra":{"a":1}},"reply":null}
            """#)
        #expect(exchange.reply == nil)
        let kept = try JSONEncoder().encode(exchange)
        #expect(try JSONDecoder().decode(MessageExchange.self, from: kept) == exchange)
    }
}
