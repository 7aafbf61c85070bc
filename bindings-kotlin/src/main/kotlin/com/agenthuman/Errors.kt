// What exceptions are made of: the fields of the core, with its own words as Kotlin spells them.

package com.agenthuman

import java.io.Serializable
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

/** One try at sending a request. */
public data class Attempt(
    /** The answer's status; null where there was none. */
    val status: Int?,
    /** The kind that it failed with; null where it did not. */
    val code: String?,
    /** How long it took, in milliseconds. */
    val durationMs: Long,
) : Serializable

internal fun JsonObject.attempts(name: String): List<Attempt> =
    (get(name) as? JsonArray).orEmpty().filterIsInstance<JsonObject>().map { attempt ->
        Attempt(attempt.whole("status")?.toInt(), attempt.text("code"), attempt.whole("duration_ms") ?: 0)
    }

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
