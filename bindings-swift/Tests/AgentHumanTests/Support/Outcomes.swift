// What tests ask of what is thrown, and of what many tasks touch.

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

/// A value that any task may read and write.
final class Locked<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var held: Value

    init(_ value: Value) {
        held = value
    }

    var value: Value {
        get { lock.withLock { held } }
        set { lock.withLock { held = newValue } }
    }

    /// Changes it, and gives what it came to.
    func change(_ change: (inout Value) -> Void) -> Value {
        lock.withLock {
            change(&held)
            return held
        }
    }
}
