// Runs calls with the native client. A call asks for the app's token, and a cancelled task drops its request.

internal import AgentHumanNative
import Foundation

/// An operation of the relay with its parameters, and the type of its result.
struct PhoneOperation<Answer: Decodable & Sendable>: Sendable {
    let name: String
    let params: [String: JSONValue]

    /// Creates an operation with the parameters that are not nil.
    init(_ name: String, _ params: [String: JSONValue?] = [:]) {
        self.name = name
        self.params = params.compactMapValues { $0 }
    }

    func json() throws -> String {
        do {
            return try encoded(params)
        } catch is EncodingError {
            var error = AgentHumanError(
                .invalidArgument, message: "a parameter holds a number that is not finite, which JSON does not have")
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

    /// Steps through a call, and returns its result.
    func outcome<Answer: Decodable & Sendable>(of call: PhoneCall, as answer: Answer.Type) async throws -> Answer {
        try decoded(try await body(of: call))
    }

    /// Steps through a call, and returns its response in JSON.
    func body(of call: PhoneCall) async throws -> String {
        let outer = TokenFunctions.running
        if outer.contains(ObjectIdentifier(native)) {
            call.madeInTokenFunction()
        }
        return try await withTaskCancellationHandler {
            let thrown = Locked<(any Error)?>(nil)
            // A separate task, since a function that does not return must not delay the end of the call.
            var function: Task<Void, Never>?
            defer { function?.cancel() }
            while true {
                switch await call.step() {
                case .done(let body, _):
                    return body
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

    /// Runs the app's token function while the next step of the call waits for it.
    private func supplyToken(to call: PhoneCall, _ thrown: Locked<(any Error)?>) async {
        do {
            call.supply(token: try await token())
        } catch {
            thrown.value = error
            // Only the name of the type: the text could contain a secret.
            call.fail(why: "threw \(type(of: error))")
        }
    }
}

/// The native clients whose token functions run in this task.
private enum TokenFunctions {
    @TaskLocal static var running: Set<ObjectIdentifier> = []
}
