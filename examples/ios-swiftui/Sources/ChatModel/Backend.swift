// The app's own backend.

import AgentHuman
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The app's own backend, such as `examples/mobile-backend`: it signs users in, and mounts the relay at `/agenthuman`.
public struct Backend: Sendable {
    private let url: URL
    private let allowInsecureHttp: Bool

    /// Creates a backend. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - url: Its URL, such as `https://api.example.com`.
    ///   - allowInsecureHttp: Allows `http` to a computer of the same network. For debug builds only.
    public init(url: URL, allowInsecureHttp: Bool = false) {
        self.url = url
        self.allowInsecureHttp = allowInsecureHttp
    }

    /// Signs a user in, and returns the app's token.
    func signIn(user: String, password: String) async throws -> String {
        var request = URLRequest(url: url.appendingPathComponent("sign-in"), timeoutInterval: 20)
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "content-type")
        request.httpBody = try JSONEncoder().encode(["user": user, "password": password])
        let (body, response) = try await URLSession.shared.data(for: request)
        switch (response as? HTTPURLResponse)?.statusCode {
        case 200: return try JSONDecoder().decode(SignedIn.self, from: body).token
        case 401: throw SignInError.wrongNameOrPassword
        default: throw SignInError.unavailable
        }
    }

    /// Returns a client for the relay, with the token of the user.
    func client(token: String) throws -> AgentHumanClient {
        let relay = url.appendingPathComponent("agenthuman")
        return try AgentHumanClient(backend: relay, allowInsecureHttp: allowInsecureHttp) { token }
    }
}

/// An error of the sign-in, with a text for the user.
public enum SignInError: LocalizedError {
    case wrongNameOrPassword
    case unavailable

    public var errorDescription: String? {
        switch self {
        case .wrongNameOrPassword: NSLocalizedString("The name or the password is wrong.", comment: "")
        case .unavailable:
            NSLocalizedString("Signing in does not work at the moment. Try again later.", comment: "")
        }
    }
}

private struct SignedIn: Decodable {
    let token: String
}
