// The app's texts. An app in several languages has them in `strings.xml`, and reads them by `stringResource`.

package com.example.chat.ui

import com.agenthuman.AgentHumanException
import com.agenthuman.ConversationMessage
import com.agenthuman.ConversationMessage.Delivery

object Texts {
    const val APP = "Chat"
    const val BACK = "Back"

    const val NAME = "Name"
    const val PASSWORD = "Password"
    const val SIGN_IN = "Sign in"
    const val SIGN_OUT = "Sign out"
    const val SIGN_IN_HINT = "Sign in to talk with your agent."
    const val WRONG_PASSWORD = "The name or the password is wrong."
    const val NO_SIGN_IN = "Signing in is not possible now. Check your network and try again."

    const val CHATS = "Chats"
    const val NEW_CHAT = "New chat"
    const val NO_CHATS = "No chats yet"
    const val NO_CHATS_HINT = "Start one: your agent is waiting."
    const val END = "End"
    const val ENDED = "Ended"
    const val OVER = "This chat has ended."
    const val AGENT = "Agent"

    const val MESSAGE = "Message"
    const val SEND = "Send"
    const val TRY_AGAIN = "Try again"
    const val REMOVE = "Remove"
    const val OFFLINE = "No connection. New messages appear when you are online again."
    const val LOADING = "Loading"
    const val YOU = "You"

    fun end(agent: String, time: String) = "End the chat with $agent of $time"

    fun typing(agent: String) = "$agent is typing"

    fun greeting(agent: String) = "Say hello to $agent"

    fun delivery(message: ConversationMessage): String =
        when (message.delivery) {
            Delivery.Sending -> "Sending…"
            Delivery.Sent -> "Sent"
            Delivery.Failed -> "Not sent. ${message.error?.let(::problem).orEmpty()}".trim()
            Delivery.Unknown -> "Perhaps not sent. ${message.error?.let(::problem).orEmpty()}".trim()
        }

    /** A text for the user. To translate them, pass a function: `userMessage { code -> texts[code] }`. */
    fun problem(error: AgentHumanException): String = error.userMessage()
}
