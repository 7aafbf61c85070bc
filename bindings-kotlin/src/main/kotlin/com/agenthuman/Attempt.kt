// One HTTP request of a call, as an error reports it.

package com.agenthuman

import java.io.Serializable
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject

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
