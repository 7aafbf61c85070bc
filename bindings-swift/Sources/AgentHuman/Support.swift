// JSON in and out, and a value behind a lock.

import Foundation

func encoded(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
}

/// An answer of the core, whose JSON is canonical.
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
        throw AgentHumanError(.internal, "an answer of the library cannot be read as \(Answer.self)")
    }
}

/// An instant as RFC 3339 has it, with or without a fraction of a second.
func instant(_ text: String) -> Date? {
    let whole = Date.ISO8601FormatStyle()
    let fraction = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    return (try? whole.parse(text)) ?? (try? fraction.parse(text))
}

extension KeyedDecodingContainer {
    /// For `extra`, which is absent where every field is known.
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
    private var held: Value

    init(_ value: Value) {
        held = value
    }

    var value: Value {
        get { lock.withLock { held } }
        set { change { $0 = newValue } }
    }

    /// Changes it, and gives what it came to.
    @discardableResult
    func change(_ change: (inout Value) -> Void) -> Value {
        lock.withLock {
            change(&held)
            return held
        }
    }
}
