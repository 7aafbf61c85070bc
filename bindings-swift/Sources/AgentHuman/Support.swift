// JSON, and a value behind a lock.

import Foundation

func encoded(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
}

/// Decodes canonical JSON from the native library.
func decoded<Answer: Decodable>(_ json: String) throws -> Answer {
    do {
        return try JSONDecoder().decode(Answer.self, from: Data(json.utf8))
    } catch {
        throw AgentHumanError(.internal, message: "decoding a response as \(Answer.self) failed")
    }
}

/// Parses an instant in RFC 3339, with or without a fraction of a second.
func instant(_ text: String) -> Date? {
    let whole = Date.ISO8601FormatStyle()
    let fraction = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    return (try? whole.parse(text)) ?? (try? fraction.parse(text))
}

extension KeyedDecodingContainer {
    /// For `extra`, which is missing if every field is known.
    func decode(_ type: [String: JSONValue].Type, forKey key: Key) throws -> [String: JSONValue] {
        try decodeIfPresent(type, forKey: key) ?? [:]
    }
}

// What the models decode in their own way: any decoder reads the JSON of the service, and its own.
extension KeyedDecodingContainer {
    func decode(_ type: Date.Type, forKey key: Key) throws -> Date {
        let value = try superDecoder(forKey: key).singleValueContainer()
        guard let text = try? value.decode(String.self) else { return try value.decode(Date.self) }
        if let date = instant(text) {
            return date
        }
        throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "not an instant")
    }

    func decodeIfPresent(_ type: Date.Type, forKey key: Key) throws -> Date? {
        try has(key) ? decode(type, forKey: key) : nil
    }

    /// Text that is empty or not a URL counts as missing.
    func decodeIfPresent(_ type: URL.Type, forKey key: Key) throws -> URL? {
        guard try has(key) else { return nil }
        let text = try decode(String.self, forKey: key)
        return text.isEmpty ? nil : URL(string: text)
    }

    private func has(_ key: Key) throws -> Bool {
        try contains(key) && !decodeNil(forKey: key)
    }
}

extension Duration {
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}

/// A value that any task may read and write.
final class Locked<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var storage: Value

    init(_ value: Value) {
        storage = value
    }

    var value: Value {
        get { lock.withLock { storage } }
        set { change { $0 = newValue } }
    }

    /// Changes the value, and returns it.
    @discardableResult
    func change(_ change: (inout Value) -> Void) -> Value {
        lock.withLock {
            change(&storage)
            return storage
        }
    }
}
