// One HTTP request of a call.

package com.agenthuman

import java.io.Serializable
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject

/** One HTTP request of a call. */
public data class Attempt(
    /** The HTTP status, or null if there was no response. */
    val status: Int?,
    /** The kind of error, or null if the attempt succeeded. */
    val code: String?,
    /** The duration in milliseconds. */
    val durationMs: Long,
) : Serializable

internal fun JsonObject.attempts(name: String): List<Attempt> =
    (get(name) as? JsonArray).orEmpty().filterIsInstance<JsonObject>().map { attempt ->
        Attempt(attempt.whole("status")?.toInt(), attempt.text("code"), attempt.whole("duration_ms") ?: 0)
    }
