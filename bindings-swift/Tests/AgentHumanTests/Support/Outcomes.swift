// Helpers for thrown errors.

import Foundation
import Testing

@testable import AgentHuman

/// Returns the error of this library that a closure throws.
func failure(
    isolation: isolated (any Actor)? = #isolation, _ work: () async throws -> Void
) async -> AgentHumanError? {
    do {
        try await work()
        Issue.record("nothing was thrown")
    } catch let error as AgentHumanError {
        return error
    } catch {
        Issue.record("another error was thrown: \(error)")
    }
    return nil
}

extension Conversation {
    /// Waits for a state.
    @discardableResult
    func until(_ isReached: (ConversationState) -> Bool) async throws -> ConversationState {
        for await state in states where isReached(state) {
            return state
        }
        throw Missing(what: "a state")
    }
}
