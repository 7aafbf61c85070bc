// JSON, and a value behind a lock.

import Foundation

func encoded(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
}

/// Decodes canonical JSON from the native library.
func decoded<Answer: Decodable>(_ json: String) throws -> Answer {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .custom { decoder in
        let text = try decoder.singleValueContainer().decode(String.self)
        if let date = instant(text) {
            return date
        }
        throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not an instant"))
    }
    do {
        return try decoder.decode(Answer.self, from: Data(json.utf8))
    } catch {
        throw AgentHumanError(.internal, "decoding a response as \(Answer.self) failed")
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
