// What tests ask of what is thrown.

import AgentHuman
import Foundation
import Testing

/// The error of this library that something throws.
func failure(_ work: () async throws -> Void) async -> AgentHumanError? {
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
