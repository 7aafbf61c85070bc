// The form of the sign-in.

#if !WITHOUT_OBSERVATION
    import Observation
#endif

/// The form of the sign-in.
#if !WITHOUT_OBSERVATION
    @Observable
#endif
@MainActor
public final class SignInModel {
    public var user = ""
    public var password = ""
    /// Whether the backend is being asked.
    public private(set) var isBusy = false
    /// Why it failed, for the user.
    public private(set) var error: String?

    /// Whether there is something to send.
    public var canSubmit: Bool { !user.isEmpty && !password.isEmpty && !isBusy }

    private let signIn: @MainActor (_ user: String, _ password: String) async throws -> Void

    /// Creates a form.
    ///
    /// - Parameters:
    ///   - error: Why an earlier sign-in failed.
    ///   - signIn: Signs a user in.
    public init(
        error: String? = nil,
        signIn: @escaping @MainActor (_ user: String, _ password: String) async throws -> Void
    ) {
        self.error = error
        self.signIn = signIn
    }

    /// Signs the user in.
    public func submit() async {
        guard canSubmit else { return }
        isBusy = true
        defer { isBusy = false }
        do {
            try await signIn(user, password)
            error = nil
        } catch {
            self.error = error.localizedDescription
        }
    }
}
