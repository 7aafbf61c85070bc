// What went wrong, for the user.

import AgentHuman

/// What went wrong, for the user.
public enum Notice: Equatable, Sendable {
    /// The backend is not reached. The conversation tries again by itself.
    case reconnecting
    /// The backend does not know the user any more.
    case signedOut
    /// Something else failed, for this reason.
    case failed(String)

    init(_ error: any Error) {
        switch error {
        case AgentHumanError.Kind.invalidToken, AgentHumanError.Kind.tokenExpired: self = .signedOut
        // Of an `AgentHumanError` this is its `userMessage`.
        default: self = .failed(error.localizedDescription)
        }
    }
}
