// The texts of errors, with the core's own words as Kotlin spells them.

package com.agenthuman

import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

/** A text of an error. The core's own words have names as they are spelled here; a service's words stay as they are. */
internal fun JsonObject.spelled(name: String): String? {
    val text = text(name)
    val isOwn = if (name == "suggestion") get("suggested_by_service") != JsonPrimitive(true) else whole("status") == null
    if (text == null || !isOwn) return text
    return QUOTED_OR_SNAKE_CASE.replace(text) { SPELLINGS[it.value] ?: it.value }
}

// What stands in quotes is a value of the user's.
private val QUOTED_OR_SNAKE_CASE = Regex(""""(?:[^"\\]|\\.)*"|\b[a-z]+(?:_[a-z0-9]+)+\b""")

/** A message, and what to do about it. */
internal fun sentences(message: String, suggestion: String?): String =
    when {
        suggestion.isNullOrEmpty() -> message
        message.endsWith(".") || message.endsWith("!") || message.endsWith("?") -> "$message $suggestion"
        else -> "$message. $suggestion"
    }
