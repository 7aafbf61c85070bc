// Cancelling a task drops its request, as observed by the server.

import Foundation
import Testing

@testable import AgentHuman

@Suite(.timeLimit(.minutes(5))) struct CancellationTests {
    @Test func cancellingATaskDropsItsRequest() async throws {
        let backend = try FakeBackend { _ in nil }
        let client = try AgentHumanClient(backend: backend.url) { "token" }
        let task = Task { try await client.voices() }
        var events = backend.events.makeAsyncIterator()
        guard case .arrived = await events.next() else { throw Missing(what: "the request") }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        guard case .dropped = await events.next() else { throw Missing(what: "the end of the connection") }
    }

    @Test func aTokenFunctionThatDoesNotReturnTimesOut() async throws {
        let backend = try FakeBackend { _ in .init(body: #"{"success":true,"voices":[]}"#) }
        let calls = Locked(0)
        let (mayReturn, end) = AsyncStream<Void>.makeStream()
        let client = try AgentHumanClient(backend: backend.url, timeout: .milliseconds(200), maxRetries: 0) {
            if calls.change({ $0 += 1 }) == 1 {
                // It ignores its cancellation.
                await Task.detached { for await _ in mayReturn {} }.value
            }
            return "token"
        }
        let thrown = await failure { _ = try await client.voices() }
        #expect(thrown?.kind == .timeout)
        // The next call does not wait for that function. On a loaded machine it may take longer than the timeout.
        var voices: [Voice]?
        while voices == nil {
            do {
                voices = try await client.voices()
            } catch AgentHumanError.Kind.timeout {
                continue
            }
        }
        #expect(voices == [])
        end.finish()
    }

    @Test func aTokenFunctionThatUsesItsOwnClientFailsAtOnce() async throws {
        let client = Locked<AgentHumanClient?>(nil)
        client.value = try AgentHumanClient(backend: URL(string: "http://127.0.0.1:1")!) {
            try await client.value!.voices().first?.id ?? ""
        }
        let thrown = await failure { _ = try await client.value!.voices() }
        #expect((thrown?.underlying as? AgentHumanError)?.kind == .configuration)
        client.value = nil
    }

    @Test func leavingAFollowedListIsNotAnError() async throws {
        let backend = try FakeBackend { request in
            if request.method == "POST" { return .grant("grant") }
            return .init(
                body: #"""
                    {"success":true,"messages":[{"id":"1","session_id":"7","role":"user","content":"Hi",
                     "created_at":"2026-02-03T04:05:06Z"}],"next":null}
                    """#)
        }
        let session = try await AgentHumanClient(backend: backend.url) { "token" }.openSession()
        let (seen, see) = AsyncStream<String>.makeStream()
        let task = Task {
            // Longer than any test: only cancelling ends the wait.
            for try await message in session.messages(following: true, every: .seconds(3600)) {
                see.yield(message.content)
            }
        }
        for await content in seen {
            #expect(content == "Hi")
            task.cancel()
            break
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func aTaskCancelledBeforeItsCallSendsNothing() async throws {
        let arrived = Locked(0)
        let backend = try FakeBackend { _ in
            _ = arrived.change { $0 += 1 }
            return .init(body: #"{"success":true,"voices":[]}"#)
        }
        let client = try AgentHumanClient(backend: backend.url) { "token" }
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await client.voices()
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await client.voices().isEmpty)
        #expect(arrived.value == 1)
    }

    @Test func cancellingACallInItsTokenFunctionDoesNotAffectOthers() async throws {
        let backend = try FakeBackend { _ in .init(body: #"{"success":true,"voices":[]}"#) }
        let (functionCalls, functionCalled) = AsyncStream<Void>.makeStream()
        let asks = Locked(0)
        let client = try AgentHumanClient(backend: backend.url) {
            functionCalled.yield()
            // The first run waits until its task is cancelled.
            if asks.change({ $0 += 1 }) == 1 { try await Task.sleep(for: .seconds(3600)) }
            return "token"
        }
        let first = Task { try await client.voices() }
        for await _ in functionCalls { break }
        let second = Task { try await client.voices() }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(try await second.value.isEmpty)
    }
}
