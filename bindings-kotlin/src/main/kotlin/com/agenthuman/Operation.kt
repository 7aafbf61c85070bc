// An operation as it is handed to the core.

package com.agenthuman

import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject

/** An operation, its parameters, and how its answer is read. */
internal class Operation<out T>(val name: String, val params: JsonObject, val read: (JsonElement) -> T)

internal fun <T> one(read: (JsonObject) -> T): (JsonElement) -> T = { answer -> read(answer.jsonObject) }

internal fun <T> rows(read: (JsonObject) -> T): (JsonElement) -> List<T> = { answer ->
    answer.jsonArray.map { read(it.jsonObject) }
}
