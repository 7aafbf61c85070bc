// Conversations without a backend, for tests and previews of an app.

package com.agenthuman.testing

import com.agenthuman.AgentHumanClient
import com.agenthuman.AgentHumanException
import com.agenthuman.Conversation
import com.agenthuman.ConversationSource
import com.agenthuman.MessageRole
import com.agenthuman.fakeConversation

/**
 * Opens conversations in memory, for tests and previews of an app: the rules are those of a real one, and nothing is
 * sent.
 *
 * ```
 * val model = ChatViewModel(FakeConversations(listOf(MessageRole.Assistant to "Welcome!")) { "You said $it" })
 * ```
 *
 * @param messages the history: authors and texts.
 * @param reply returns the agent's reply to a message, or null if there is none. If it throws an [AgentHumanException],
 *   sending failed with it.
 */
public class FakeConversations(
    private val messages: List<Pair<MessageRole, String>> = emptyList(),
    private val reply: suspend (content: String) -> String? = { null },
) : ConversationSource {
    override suspend fun open(): Conversation {
        // No port of this machine has the number 9, and nothing is sent.
        val client = AgentHumanClient("http://127.0.0.1:9") { "fake" }
        return client.fakeConversation(messages, reply)
    }
}
