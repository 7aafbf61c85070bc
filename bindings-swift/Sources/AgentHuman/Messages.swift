// The messages of a session as a sequence, fetched page by page.

internal import AgentHumanNative

/// The messages of a session, from ``Session/messages(following:after:limit:every:)``. Each iteration fetches them again.
public struct Messages: AsyncSequence, Sendable {
    public typealias Element = Message

    let pages: Pages<Message>

    /// Starts an iteration. Nothing is sent before the first message is requested.
    public func makeAsyncIterator() -> Iterator {
        Iterator(walk: pages.walk())
    }

    /// One iteration over the messages.
    public struct Iterator: AsyncIteratorProtocol {
        var walk: Pages<Message>.Walk

        /// Returns the next message, or nil after the last one or after an error.
        ///
        /// - Throws: ``AgentHumanError``; `CancellationError`.
        public mutating func next() async throws -> Message? {
            try await walk.next()
        }
    }
}

/// A list that is fetched page by page.
struct Pages<Item: Decodable & Sendable>: Sendable {
    enum Way: Sendable {
        case toTheEnd
        case following(every: Duration?)
    }

    let client: AgentHumanClient
    let list: PhoneOperation<[Item]>
    let way: Way

    func walk() -> Walk {
        Walk(pages: self)
    }

    private func pager() throws -> PhonePager {
        switch way {
        case .toTheEnd:
            return client.native.pages(operation: list.name, params: try list.json(), options: "")
        case .following(let every):
            do {
                return try client.native.follow(
                    operation: list.name, params: list.json(), options: "", every: every?.inSeconds)
            } catch PhoneFailure.Refused(let error) {
                throw AgentHumanError(json: error)
            }
        }
    }

    struct Walk {
        let pages: Pages
        private var pager: PhonePager?
        private var page: ArraySlice<Item> = []
        private var isOver = false

        fileprivate init(pages: Pages) {
            self.pages = pages
        }

        mutating func next() async throws -> Item? {
            do {
                while !isOver {
                    if let item = page.popFirst() {
                        return item
                    }
                    let pager = try self.pager ?? pages.pager()
                    self.pager = pager
                    guard let call = pager.next() else { break }
                    page = try await pages.client.outcome(of: call, as: [Item].self)[...]
                }
            } catch {
                isOver = true
                throw error
            }
            isOver = true
            return nil
        }
    }
}
