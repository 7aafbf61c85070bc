// Reads fields of the core's JSON. A field of another type counts as missing.

package com.agenthuman

import kotlin.time.Instant
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.booleanOrNull
import kotlinx.serialization.json.doubleOrNull
import kotlinx.serialization.json.longOrNull

internal val NOTHING = JsonObject(emptyMap())

internal fun JsonObject.value(name: String): JsonElement? = this[name]?.takeUnless { it is JsonNull }

internal fun JsonObject.text(name: String): String? = (value(name) as? JsonPrimitive)?.takeIf { it.isString }?.content

internal fun JsonObject.whole(name: String): Long? = bare(name)?.longOrNull

internal fun JsonObject.number(name: String): Double? = bare(name)?.doubleOrNull

internal fun JsonObject.flag(name: String): Boolean? = bare(name)?.booleanOrNull

internal fun JsonObject.inner(name: String): JsonObject? = value(name) as? JsonObject

internal fun JsonObject.instant(name: String): Instant? =
    try {
        text(name)?.let(Instant::parse)
    } catch (_: IllegalArgumentException) {
        null
    }

/** Returns a field that the core always sends. */
internal fun <T : Any> JsonObject.required(name: String, read: JsonObject.(String) -> T?): T =
    read(name) ?: throw InternalException(ErrorFields("internal", "the core's answer has no $name"))

private fun JsonObject.bare(name: String): JsonPrimitive? = (value(name) as? JsonPrimitive)?.takeUnless { it.isString }

/** Creates the parameters for the core. Null values are left out. */
internal fun parameters(vararg values: Pair<String, Any?>): JsonObject =
    JsonObject(values.mapNotNull { (name, value) -> json(value)?.let { name to it } }.toMap())

private fun json(value: Any?): JsonElement? =
    when (value) {
        null -> null
        is JsonElement -> value
        is Number -> JsonPrimitive(value)
        is Boolean -> JsonPrimitive(value)
        is List<*> -> JsonArray(value.mapNotNull(::json))
        else -> JsonPrimitive(value.toString())
    }
