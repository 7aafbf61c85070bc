// Compares kinds and fields of errors with the table of errors.

import Foundation
import Testing

@testable import AgentHuman

@Suite struct ErrorTests {
    @Test func everyErrorOfTheTableHasAKind() throws {
        let kinds = try contract("errors.json")["kinds"]?.items ?? []
        #expect(kinds.count > 20)
        for entry in kinds {
            let kind = AgentHumanError.Kind(rawValue: try #require(entry["code"]?.text))
            #expect(AgentHumanError.Kind.known.contains(kind), "\(kind.rawValue) is not known")
            #expect(kind.parent?.rawValue == entry["parent"]?.text)
        }
    }

    @Test func everyKindIsInTheTable() throws {
        let kinds = try contract("errors.json")["kinds"]?.items ?? []
        #expect(AgentHumanError.Kind.known.map(\.rawValue) == kinds.compactMap { $0["code"]?.text })
    }

    @Test func everyFieldOfTheTableIsDecoded() throws {
        let info = """
            {"code":"rate_limited","message":"Too many.","suggestion":"Wait.","status":429,"details":{"limit":[1,2.5]},
             "request_id":"r-1","operation":"messages.create","attempts":[{"status":429,"code":"rate_limited","duration_ms":12}],
             "retryable":true,"retry_after":1.5,"outcome_unknown":true,"phase":"read","parameter":"content"}
            """
        let error = AgentHumanError(json: info)
        #expect(error.kind == .rateLimited)
        #expect(error.code == "rate_limited")
        #expect(error.message == "Too many.")
        #expect(error.suggestion == "Wait.")
        #expect(error.status == 429)
        #expect(error.details == ["limit": [1, 2.5]])
        #expect(error.requestID == "r-1")
        #expect(error.operation == "messages.create")
        #expect(error.attempts.map(\.duration) == [.milliseconds(12)])
        #expect(error.attempts.first?.status == 429)
        #expect(error.attempts.first?.code == "rate_limited")
        #expect(error.retryable)
        #expect(error.retryAfter == .milliseconds(1500))
        #expect(error.outcomeUnknown)
        #expect(error.phase == "read")
        #expect(error.parameter == "content")
        #expect(error.errorDescription == error.userMessage)
        #expect(error.localizedDescription == error.userMessage)

        let wire = try contract("errors.json")["fields"]?.items.compactMap { $0["name"]?.text } ?? []
        let fields = try JSONDecoder().decode([String: JSONValue].self, from: Data(info.utf8))
        #expect(Set(wire) == Set(fields.keys))
    }

    @Test func anErrorPrintsTheCoresLine() {
        let line = "Slow down. Wait. (status 429, operation messages.create, request id r-1)"
        let error = AgentHumanError(
            json: #"{"code":"rate_limited","message":"Slow down","suggestion":"Wait.","line":"\#(line)"}"#)
        #expect("\(error)" == "rate_limited: \(line)")
        #expect(error.message == "Slow down")
    }

    @Test func anUnknownCodeIsAKind() {
        let error = AgentHumanError(json: #"{"code":"brand_new","message":"New."}"#)
        #expect(error.code == "brand_new")
        #expect(error.kind.parent == nil)
        #expect(!error.kind.is(.api))
        #expect(error.attempts.isEmpty)
        #expect(error.userMessage == "Something went wrong. Try again later.")
    }

    @Test func everyKindHasATextForUsers() throws {
        let table = try contract("errors.json")
        for entry in table["kinds"]?.items ?? [] {
            let kind = AgentHumanError.Kind(rawValue: try #require(entry["code"]?.text))
            let text = try #require(entry["user_message"]?.text)
            let error = AgentHumanError(kind, message: "the reason")
            #expect(error.userMessage == (text.isEmpty ? "the reason" : text))
            #expect(error.localizedDescription == error.userMessage)
        }
        #expect(AgentHumanError(.policyRefused, message: "Ask again tomorrow.").userMessage == "Ask again tomorrow.")
    }

    @Test func anAppHasItsOwnTextsForUsers() {
        let error = AgentHumanError(.concurrencyLimit, message: "why")
        #expect(error.userMessage { $0 == .concurrencyLimit ? "Nur eins." : nil } == "Nur eins.")
        #expect(error.userMessage { $0 == .rateLimited ? "Warten." : nil } == "Warten.")
        #expect(error.userMessage { $0 == .notFound ? "Nichts." : nil } == error.userMessage)
    }

    @Test func aPatternCatchesAKindAndTheKindsBelowIt() {
        func caught(_ thrown: any Error) -> String {
            do {
                throw thrown
            } catch AgentHumanError.Kind.rateLimited {
                return "rate limit"
            } catch AgentHumanError.Kind.api {
                return "api"
            } catch {
                return "other"
            }
        }
        #expect(caught(AgentHumanError(.concurrencyLimit, message: "")) == "rate limit")
        #expect(caught(AgentHumanError(.notFound, message: "")) == "api")
        #expect(caught(AgentHumanError(.timeout, message: "")) == "other")
        #expect(caught(CancellationError()) == "other")
    }

    @Test func anErrorCanBeMadeForPreviews() {
        let error = AgentHumanError(.rateLimited, message: "why", retryable: true, retryAfter: .milliseconds(1500))
        #expect(error.retryAfter == .milliseconds(1500))
        #expect(error.retryable)
        #expect("\(error)" == "rate_limited: why")
    }

    @Test func aKindMatchesItselfAndItsParents() {
        #expect(AgentHumanError.Kind.concurrencyLimit.is(.concurrencyLimit))
        #expect(AgentHumanError.Kind.concurrencyLimit.is(.rateLimited))
        #expect(AgentHumanError.Kind.concurrencyLimit.is(.api))
        #expect(!AgentHumanError.Kind.rateLimited.is(.concurrencyLimit))
        #expect(!AgentHumanError.Kind.timeout.is(.connection))
    }

    @Test func anUnreadableErrorOfTheLibraryIsInternal() {
        #expect(AgentHumanError(json: "not JSON").kind == .internal)
    }

    @Test func aNumberThatJSONCannotRepresentIsRejected() async throws {
        let client = try AgentHumanClient(backend: try #require(URL(string: "http://127.0.0.1:9"))) { "token" }
        let error = await failure { _ = try await client.openSession(metadata: ["x": .number(.nan)]) }
        #expect(error?.kind == .invalidArgument)
        #expect(error?.operation == "sessions.create")
    }

    @Test func aPanicIsAnError() async throws {
        let client = try AgentHumanClient(backend: try #require(URL(string: "http://127.0.0.1:9"))) { "token" }
        let error = await failure { let _: [Voice] = try await client.run(PhoneOperation("debug.panic")) }
        #expect(error?.kind == .internal)
    }
}
