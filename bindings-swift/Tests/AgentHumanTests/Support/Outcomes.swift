// Helpers for thrown errors.

import AgentHuman
import Foundation
import Testing

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
