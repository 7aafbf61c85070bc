// The sign-in.

#if canImport(SwiftUI)
    import ChatModel
    import SwiftUI

    struct SignInView: View {
        @Bindable var form: SignInModel

        var body: some View {
            Form {
                Section {
                    TextField("Name", text: $form.user)
                        .textContentType(.username)
                        .autocorrectionDisabled()
                        #if os(iOS)
                            .textInputAutocapitalization(.never)
                        #endif
                    SecureField("Password", text: $form.password)
                        .textContentType(.password)
                        .onSubmit(submit)
                } footer: {
                    if let error = form.error {
                        Text(error).foregroundStyle(.red)
                    }
                }
                Button("Sign in", action: submit).disabled(!form.canSubmit)
            }
            .navigationTitle("Sign in")
        }

        private func submit() {
            Task { await form.submit() }
        }
    }

    #Preview {
        NavigationStack {
            SignInView(form: SignInModel(error: "The name or the password is wrong.") { _, _ in })
        }
    }
#endif
