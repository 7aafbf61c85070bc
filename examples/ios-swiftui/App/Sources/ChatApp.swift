// The app.

import ChatModel
import ChatUI
import SwiftUI

@main
struct ChatApp: App {
    var body: some Scene {
        WindowGroup {
            ChatAppView(backend: Self.backend, store: .keychain)
        }
    }

    /// The backend, from Info.plist.
    private static var backend: Backend {
        guard let text = Bundle.main.object(forInfoDictionaryKey: "ChatBackend") as? String,
            let url = URL(string: text)
        else { fatalError("ChatBackend in Info.plist is not a URL") }
        #if DEBUG
            // A backend on the computer of the developer has no certificate.
            return Backend(url: url, allowInsecureHttp: true)
        #else
            return Backend(url: url)
        #endif
    }
}
