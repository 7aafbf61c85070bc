// What previews show. Android Studio draws them on a computer, where the native library of Android cannot run, so that
// these
// messages are made by hand; tests have the real states, by FakeConversations.

package com.example.chat.chat

import com.agenthuman.ApiConnectionException
import com.agenthuman.ConversationMessage
import com.agenthuman.ConversationMessage.Delivery
import com.agenthuman.ErrorFields
import com.agenthuman.Message
import com.agenthuman.MessageRole
import kotlin.time.Instant

internal val previewState =
    ChatState(
        agent = "Sunny",
        messages =
            listOf(
                previewMessage("1", MessageRole.Assistant, "Hi! Where would you like to go?"),
                previewMessage("2", MessageRole.User, "Somewhere warm in February."),
                previewMessage(
                    "3",
                    MessageRole.Assistant,
                    "The Canary Islands, then: about 21 °C, and hardly any rain.",
                ),
                previewMessage("4", MessageRole.User, "How long is the flight?", Delivery.Failed),
            ),
        isLoading = false,
        canSend = true,
    )

private fun previewMessage(id: String, role: MessageRole, text: String, delivery: Delivery = Delivery.Sent) =
    ConversationMessage(
        id = id,
        message = Message(id, "1", role, text, Instant.parse("2026-11-30T09:3$id:00Z")),
        delivery = delivery,
        error = if (delivery == Delivery.Failed) ApiConnectionException(ErrorFields("connection", "")) else null,
        canRetry = delivery == Delivery.Failed,
    )
