// What the app keeps on the device.

import AgentHuman
import Foundation

#if canImport(Security)
    import Security
#endif

/// What the app keeps on the device, so that it goes on after it was killed. Both are secrets.
public struct AppStore: Sendable {
    let token: any TokenStore
    let session: any SessionStore

    /// Creates a store of two parts.
    ///
    /// - Parameters:
    ///   - token: Keeps the app's token of its user.
    ///   - session: Keeps the session of the chat that the user had open.
    public init(token: any TokenStore, session: any SessionStore) {
        self.token = token
        self.session = session
    }

    #if canImport(Security)
        /// The Keychain of the device.
        public static var keychain: AppStore {
            AppStore(token: KeychainTokenStore(), session: KeychainStore())
        }
    #endif
}

/// Keeps the app's token of its user.
public protocol TokenStore: Sendable {
    /// Returns the token, or nil if no user is signed in.
    func load() async throws -> String?
    /// Stores the token in the place of the one before; nil removes it.
    func save(_ token: String?) async throws
}

/// A token that is kept as long as the process runs, for tests and previews.
public actor MemoryTokenStore: TokenStore {
    private var token: String?

    /// Creates a store.
    public init(_ token: String? = nil) {
        self.token = token
    }

    public func load() -> String? { token }

    public func save(_ token: String?) { self.token = token }
}

#if canImport(Security)
    /// A token in the Keychain of the device.
    public struct KeychainTokenStore: TokenStore {
        /// An error of the Keychain.
        public struct Failure: Error {
            /// The status, such as `errSecInteractionNotAllowed`.
            public let status: OSStatus
        }

        /// Creates a store.
        public init() {}

        public func load() async throws -> String? {
            var query = item
            query[kSecReturnData] = true
            var found: CFTypeRef?
            switch SecItemCopyMatching(query as CFDictionary, &found) {
            case errSecSuccess: return (found as? Data).map { String(decoding: $0, as: UTF8.self) }
            case errSecItemNotFound: return nil
            case let status: throw Failure(status: status)
            }
        }

        public func save(_ token: String?) async throws {
            let removed = SecItemDelete(item as CFDictionary)
            guard removed == errSecSuccess || removed == errSecItemNotFound else { throw Failure(status: removed) }
            guard let token else { return }
            let values: [CFString: Any] = [
                kSecValueData: Data(token.utf8), kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
            ]
            let added = SecItemAdd(item.merging(values) { _, new in new } as CFDictionary, nil)
            guard added == errSecSuccess else { throw Failure(status: added) }
        }

        private var item: [CFString: Any] {
            [
                kSecClass: kSecClassGenericPassword, kSecAttrAccount: "token",
                kSecAttrService: Bundle.main.bundleIdentifier ?? "ChatApp",
            ]
        }
    }
#endif
