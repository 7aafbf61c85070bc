// Running a call: the core asks for the app's token where it needs it, and a cancelled task drops the request.

internal import AgentHumanNative
import Foundation

/// An operation of the relay with its parameters, and the type of its answer.
struct PhoneOperation<Answer: Decodable & Sendable>: Sendable {
    let name: String
    let params: [String: JSONValue]

    /// An operation with those of its parameters that are given.
    init(_ name: String, _ params: [String: JSONValue?] = [:]) {
        self.name = name
        self.params = params.compactMapValues { $0 }
    }

    func json() throws -> String {
        do {
            return try encoded(params)
        } catch is EncodingError {
            var error = AgentHumanError(
                .invalidArgument, "a parameter holds a number that is not finite, which JSON does not have")
            error.operation = name
            throw error
        }
    }
}

extension AgentHumanClient {
    func run<Answer>(_ operation: PhoneOperation<Answer>) async throws -> Answer {
        let call = native.call(operation: operation.name, params: try operation.json(), options: "")
        return try await outcome(of: call, as: Answer.self)
    }

    /// Steps through a call to its end.
    func outcome<Answer: Decodable & Sendable>(of call: PhoneCall, as answer: Answer.Type) async throws -> Answer {
        let outer = TokenFunctions.running
        if outer.contains(ObjectIdentifier(native)) {
            call.madeInTokenFunction()
        }
        return try await withTaskCancellationHandler {
            let thrown = Locked<(any Error)?>(nil)
            // A task of its own: a function that does not return must not keep the call from its end.
            var function: Task<Void, Never>?
            defer { function?.cancel() }
            while true {
                switch await call.step() {
                case .done(let body, _):
                    return try decoded(body)
                case .failed(let error):
                    throw AgentHumanError(json: error, underlying: thrown.value)
                case .tokenNeeded:
                    function = TokenFunctions.$running.withValue(outer.union([ObjectIdentifier(native)])) {
                        Task { await supplyToken(to: call, thrown) }
                    }
                case .cancelled:
                    throw CancellationError()
                }
            }
        } onCancel: {
            call.cancel()
        }
    }

    /// Runs the app's function while the call's next step waits for it.
    private func supplyToken(to call: PhoneCall, _ thrown: Locked<(any Error)?>) async {
        do {
            call.supply(token: try await token())
        } catch {
            thrown.value = error
            // The name of its type alone: its text could quote a secret.
            call.fail(why: "threw \(type(of: error))")
        }
    }
}

/// The native clients whose token functions a task runs in.
private enum TokenFunctions {
    @TaskLocal static var running: Set<ObjectIdentifier> = []
}
