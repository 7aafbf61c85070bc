// The native client, and the way of a call through it.

package com.agenthuman

import com.agenthuman.internal.PhoneCall
import com.agenthuman.internal.PhoneClient
import com.agenthuman.internal.PhoneFailure
import com.agenthuman.internal.PhonePager
import com.agenthuman.internal.PhoneStep
import kotlin.coroutines.cancellation.CancellationException
import kotlin.time.Duration
import kotlin.time.DurationUnit
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.isActive
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject

/** What a client and its sessions share. */
internal class Core(settings: JsonObject, private val token: suspend () -> String) {
    private val client = orRefused { PhoneClient(settings.toString()) }

    suspend fun <T> call(operation: Operation<T>): T =
        operation.read(finish(open(operation) { it.call(operation.name, operation.params.toString(), NO_OPTIONS) }))

    /** What a list holds, page by page as it is collected. */
    fun <T> pages(operation: Operation<List<T>>): Flow<T> =
        walk(operation) { it.pages(operation.name, operation.params.toString(), NO_OPTIONS) }

    /** What a list holds, and what comes to it later. */
    fun <T> follow(operation: Operation<List<T>>, every: Duration?): Flow<T> {
        val seconds = every?.toDouble(DurationUnit.SECONDS)
        return walk(operation) {
            orRefused { it.follow(operation.name, operation.params.toString(), NO_OPTIONS, seconds) }
        }
    }

    /** Calls under way end as they will. */
    fun close() {
        try {
            client.shut()
        } catch (_: IllegalStateException) {
            return
        }
        client.close()
    }

    override fun toString(): String =
        try {
            client.describe()
        } catch (_: IllegalStateException) {
            "closed"
        }

    private fun <T> walk(operation: Operation<List<T>>, start: (PhoneClient) -> PhonePager): Flow<T> = flow {
        open(operation, start).use { pager ->
            while (true) {
                val page = pager.next() ?: break
                operation.read(finish(page)).forEach { emit(it) }
            }
        }
    }

    /** The generated class refuses any use after its end in this way. */
    private inline fun <R> open(operation: Operation<*>, start: (PhoneClient) -> R): R =
        try {
            start(client)
        } catch (_: IllegalStateException) {
            throw ClosedException(ErrorFields("closed", CLOSED, "Make a new client.", operation = operation.name))
        }

    /** A call that ends before its answer, as its coroutine is cancelled, takes its request with it. */
    private suspend fun finish(call: PhoneCall): JsonElement = call.use { steps(it) }

    private suspend fun steps(call: PhoneCall): JsonElement {
        var thrown: Exception? = null
        while (true) {
            when (val step = call.step()) {
                is PhoneStep.Done -> return Json.parseToJsonElement(step.body)
                is PhoneStep.Failed -> throw exceptionOf(step.error, thrown)
                is PhoneStep.TokenNeeded -> thrown = giveToken(call)
                is PhoneStep.Cancelled -> throw CancellationException("the call was cancelled")
            }
        }
    }

    /** Runs the app's function in the caller's own coroutine, and gives what it threw. */
    private suspend fun giveToken(call: PhoneCall): Exception? {
        val token =
            try {
                token()
            } catch (thrown: Exception) {
                // A time-out of the function's own is a failure of it; only the caller's cancellation is one.
                if (thrown is CancellationException && !currentCoroutineContext().isActive) throw thrown
                call.fail(thrown.javaClass.name)
                return thrown
            }
        call.supply(token)
        return null
    }
}

private inline fun <R> orRefused(start: () -> R): R =
    try {
        start()
    } catch (refused: PhoneFailure.Refused) {
        throw exceptionOf(refused.error)
    }

private fun exceptionOf(error: String, cause: Throwable? = null): AgentHumanException =
    exceptionOf(Json.parseToJsonElement(error).jsonObject, cause)

private const val NO_OPTIONS = "{}"
private const val CLOSED = "the client was closed"
