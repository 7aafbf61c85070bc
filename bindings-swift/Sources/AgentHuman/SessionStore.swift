// Stores for a session that is resumed after a restart.

import Foundation

#if canImport(Security)
    import Security
#endif

/// Where an app keeps a session, to resume it after a restart (``StoredSession``). It contains a secret.
public protocol SessionStore: Sendable {
    /// Returns the stored session, or nil if there is none.
    func load() async throws -> RestorableSession?
    /// Stores a session in the place of the one before.
    func save(_ session: RestorableSession) async throws
    /// Removes the stored session, if there is one.
    func remove() async throws
}

/// A store that lasts as long as the process, for tests.
public final class MemorySessionStore: SessionStore {
    private let stored = Locked<RestorableSession?>(nil)

    /// Creates an empty store.
    public init() {}

    public func load() async throws -> RestorableSession? {
        stored.value
    }

    public func save(_ session: RestorableSession) async throws {
        stored.value = session
    }

    public func remove() async throws {
        stored.value = nil
    }
}

#if canImport(Security)
    /// A store in the Keychain of the device, which is not part of backups to other devices. It can be read after the device was
    /// unlocked once, so also in the background.
    public struct KeychainStore: SessionStore {
        /// An error of the Keychain.
        public struct Failure: Error, Hashable, Sendable {
            /// The status, such as `errSecInteractionNotAllowed`.
            public let status: OSStatus
        }

        private let service: String
        private let account: String

        /// Creates a store.
        ///
        /// - Parameters:
        ///   - service: The service of the item. Default: the app's bundle identifier.
        ///   - account: The account of the item, such as the id of the app's user.
        public init(service: String = Bundle.main.bundleIdentifier ?? "AgentHuman", account: String = "session") {
            self.service = service
            self.account = account
        }

        public func load() async throws -> RestorableSession? {
            var query = item
            query[kSecReturnData] = true
            var found: CFTypeRef?
            switch SecItemCopyMatching(query as CFDictionary, &found) {
            case errSecSuccess: return (found as? Data).map(RestorableSession.init(data:))
            case errSecItemNotFound: return nil
            case let status: throw Failure(status: status)
            }
        }

        public func save(_ session: RestorableSession) async throws {
            let values: [CFString: Any] = [
                kSecValueData: session.data, kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
            ]
            var status = SecItemUpdate(item as CFDictionary, values as CFDictionary)
            if status == errSecItemNotFound {
                status = SecItemAdd(item.merging(values) { _, new in new } as CFDictionary, nil)
            }
            guard status == errSecSuccess else { throw Failure(status: status) }
        }

        public func remove() async throws {
            let status = SecItemDelete(item as CFDictionary)
            guard status == errSecSuccess || status == errSecItemNotFound else { throw Failure(status: status) }
        }

        private var item: [CFString: Any] {
            [kSecClass: kSecClassGenericPassword, kSecAttrService: service, kSecAttrAccount: account]
        }
    }
#endif
