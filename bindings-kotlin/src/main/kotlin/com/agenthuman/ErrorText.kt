// The texts of errors, with names in Kotlin spelling.

package com.agenthuman

import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

/** Returns a text of an error. Names in the core's texts get Kotlin spelling; texts of the service are not changed. */
internal fun JsonObject.spelled(name: String): String? {
    val text = text(name)
    val isOwn =
        if (name == "suggestion") get("suggested_by_service") != JsonPrimitive(true) else whole("status") == null
    if (text == null || !isOwn) return text
    return QUOTED_OR_SNAKE_CASE.replace(text) { SPELLINGS[it.value] ?: it.value }
}

// Text in quotes is a value of the user.
private val QUOTED_OR_SNAKE_CASE = Regex(""""(?:[^"\\]|\\.)*"|\b[a-z]+(?:_[a-z0-9]+)+\b""")

/** Returns the text for the user in English. */
internal fun englishUserMessage(code: String, message: String): String =
    USER_MESSAGES[code]?.ifEmpty { message } ?: UNKNOWN_USER_MESSAGE

/** Joins a message and a suggestion. */
internal fun sentences(message: String, suggestion: String?): String =
    when {
        suggestion.isNullOrEmpty() -> message
        message.endsWith(".") || message.endsWith("!") || message.endsWith("?") -> "$message $suggestion"
        else -> "$message. $suggestion"
    }
