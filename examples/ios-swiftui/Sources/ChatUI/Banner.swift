// A line about something that does not work.

#if canImport(SwiftUI)
    import ChatModel
    import SwiftUI

    /// A line across the screen.
    struct Banner: View {
        private let title: Text
        private let systemImage: String

        init(_ title: LocalizedStringKey, systemImage: String) {
            self.init(Text(title), systemImage: systemImage)
        }

        init(_ title: Text, systemImage: String) {
            self.title = title
            self.systemImage = systemImage
        }

        var body: some View {
            Label(title: { title }, icon: { Image(systemName: systemImage) })
                .font(.footnote)
                .frame(maxWidth: .infinity)
                .padding(8)
                .background(.bar)
        }
    }

    /// What went wrong, and what the user can do.
    struct NoticeBanner: View {
        let notice: Notice
        var retry: (@MainActor () -> Void)?
        @Environment(AppModel.self) private var app: AppModel?

        var body: some View {
            switch notice {
            case .reconnecting:
                Banner("Connecting…", systemImage: "arrow.triangle.2.circlepath")
            case .signedOut:
                VStack {
                    Banner("Your sign-in has ended.", systemImage: "person.crop.circle.badge.exclamationmark")
                    Button("Sign in again") {
                        Task { await app?.signInAgain() }
                    }
                }
            case .failed(let reason):
                VStack {
                    Banner(Text(reason), systemImage: "exclamationmark.triangle")
                    if let retry {
                        Button("Try again", action: retry)
                    }
                }
            }
        }
    }

    #Preview {
        VStack {
            NoticeBanner(notice: .reconnecting)
            NoticeBanner(notice: .signedOut)
            NoticeBanner(notice: .failed("Too many conversations are open. End one and try again."), retry: {})
        }
    }
#endif
