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
        #expect(error.requestId == "r-1")
        #expect(error.operation == "messages.create")
        #expect(error.attempts.map(\.durationMs) == [12])
        #expect(error.attempts.first?.status == 429)
        #expect(error.attempts.first?.code == "rate_limited")
        #expect(error.retryable)
        #expect(error.retryAfter == .milliseconds(1500))
        #expect(error.outcomeUnknown)
        #expect(error.phase == "read")
        #expect(error.parameter == "content")
        #expect(error.errorDescription == "Too many. Wait.")
        #expect(error.localizedDescription == "Too many. Wait.")
        #expect(error.recoverySuggestion == "Wait.")

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
        #expect(error.errorDescription == "New.")
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
