// Runs calls with the native client.

package com.agenthuman

import com.agenthuman.internal.PhoneCall
import com.agenthuman.internal.PhoneClient
import com.agenthuman.internal.PhoneConversation
import com.agenthuman.internal.PhoneFailure
import com.agenthuman.internal.PhonePager
import com.agenthuman.internal.PhoneStep
import java.util.concurrent.atomic.AtomicReference
import kotlin.coroutines.AbstractCoroutineContextElement
import kotlin.coroutines.CoroutineContext
import kotlin.coroutines.cancellation.CancellationException
import kotlin.time.Duration
import kotlin.time.DurationUnit
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.DelicateCoroutinesApi
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.GlobalScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.launch
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject

/** One use of an operation: its name, its parameters, and how its response is parsed. */
internal class Operation<out T>(val name: String, val params: JsonObject, val read: (JsonElement) -> T)

internal fun <T> one(read: (JsonObject) -> T): (JsonElement) -> T = { answer -> read(answer.jsonObject) }

internal fun <T> list(read: (JsonObject) -> T): (JsonElement) -> List<T> = { answer ->
    answer.jsonArray.map { read(it.jsonObject) }
}

/** The native client, which a client and its sessions share. */
internal class Core(settings: JsonObject, private val token: suspend () -> String) {
    // Loading the native library takes long, so that it must not happen on the thread of a screen.
    @OptIn(DelicateCoroutinesApi::class)
    private val loading = GlobalScope.async(Dispatchers.IO) { runCatching { PhoneClient(settings.toString()) } }

    @Volatile private var isClosed = false

    suspend fun <T> call(operation: Operation<T>): T =
        operation.read(
            parsed(open(operation.name) { it.call(operation.name, operation.params.toString(), NO_OPTIONS) })
        )

    /** Returns the items of a list, which is fetched page by page during collection. */
    fun <T> pages(operation: Operation<List<T>>): Flow<T> =
        walk(operation) { it.pages(operation.name, operation.params.toString(), NO_OPTIONS) }

    /** Returns the items of a list, and then new items. */
    fun <T> follow(operation: Operation<List<T>>, every: Duration?): Flow<T> {
        val seconds = every?.toDouble(DurationUnit.SECONDS)
        return walk(operation) {
            orThrow { it.follow(operation.name, operation.params.toString(), NO_OPTIONS, seconds) }
        }
    }

    /** Returns the stored form of a session that this client opened or resumed. */
    fun restorable(session: String): ByteArray = withLoaded { it.restorable(session) }

    /** Starts a conversation with the messages of a session that this client opened or resumed. */
    fun conversation(session: String, every: Duration?): PhoneConversation = withLoaded {
        it.conversation(session, every?.inWholeMilliseconds?.toUInt())
    }

    /** Waits until the native library is loaded. */
    suspend fun load() {
        orThrow { loading.await().getOrThrow() }
    }

    /** Adopts a stored session, and returns its id. Nothing is sent. */
    suspend fun restore(restorable: ByteArray): String =
        open(operation = null) { client -> orThrow { client.restore(restorable) } }

    /** Closes the client. Calls in flight continue. */
    fun close() {
        isClosed = true
        loading.invokeOnCompletion { loaded()?.let(::free) }
    }

    /** Reports that the network changed. A client that is not loaded yet has no connections. */
    fun connectionsChanged() {
        try {
            loaded()?.connectionsChanged()
        } catch (_: IllegalStateException) {
            // A closed client has no connections.
        }
    }

    override fun toString(): String =
        try {
            if (isClosed) "closed" else loaded()?.describe() ?: "loading"
        } catch (_: IllegalStateException) {
            "closed"
        }

    /** Returns the native client if it is loaded. */
    @OptIn(ExperimentalCoroutinesApi::class)
    private fun loaded(): PhoneClient? = if (loading.isCompleted) loading.getCompleted().getOrNull() else null

    /** Uses the native client, which is loaded if there is a session. */
    private inline fun <R> withLoaded(use: (PhoneClient) -> R): R {
        try {
            val client = loaded()
            if (!isClosed && client != null) return use(client)
        } catch (_: IllegalStateException) {
            // It was closed in the meantime.
        }
        throw closed(operation = null)
    }

    private fun free(client: PhoneClient) {
        try {
            client.shut()
        } catch (_: IllegalStateException) {
            return
        }
        client.close()
    }

    private fun <T> walk(operation: Operation<List<T>>, start: (PhoneClient) -> PhonePager): Flow<T> = flow {
        open(operation.name, start).use { pager ->
            while (true) {
                val page = pager.next() ?: break
                operation.read(parsed(page)).forEach { emit(it) }
            }
        }
    }

    /** Uses the native client. The generated class throws IllegalStateException if it is closed. */
    private suspend inline fun <R> open(operation: String?, start: (PhoneClient) -> R): R {
        val client = orThrow { loading.await().getOrThrow() }
        try {
            if (!isClosed) return start(client)
        } catch (_: IllegalStateException) {
            // It was closed in the meantime.
        }
        throw closed(operation)
    }

    private suspend fun parsed(call: PhoneCall): JsonElement = Json.parseToJsonElement(finish(call))

    /** Runs a call, and returns its response. If the coroutine is cancelled, closing the call drops its request. */
    suspend fun finish(call: PhoneCall): String = call.use { steps(it) }

    private suspend fun steps(call: PhoneCall): String {
        val context = currentCoroutineContext()
        val outer = context[TokenFunctions]?.of.orEmpty()
        if (this in outer) call.madeInTokenFunction()
        // Not a child of the caller, which would otherwise wait for a function that does not return.
        val functions = CoroutineScope(context + Job() + TokenFunctions(outer + this))
        val thrown = AtomicReference<Throwable>()
        try {
            while (true) {
                when (val step = call.step()) {
                    is PhoneStep.Done -> return step.body
                    is PhoneStep.Failed -> throw failure(step.error, thrown.get())
                    is PhoneStep.TokenNeeded -> functions.launch { supplyToken(call, thrown) }
                    is PhoneStep.Cancelled -> throw CancellationException("the call was cancelled")
                }
            }
        } catch (cancelled: CancellationException) {
            functions.cancel(cancelled)
            throw cancelled
        } finally {
            functions.cancel()
        }
    }

    /** Runs the app's token function while the next step of the call waits for it. */
    private suspend fun supplyToken(call: PhoneCall, thrown: AtomicReference<Throwable>) {
        val token = runCatching { token() }.onFailure(thrown::set)
        try {
            // Only the name of the class: the text could contain a secret.
            token.fold(call::supply) { call.fail("threw ${it.javaClass.name}") }
        } catch (_: IllegalStateException) {
            // The call has already ended, at its deadline or because its caller was cancelled.
        }
    }
}

/** The clients whose token functions run in this coroutine. */
private class TokenFunctions(val of: Set<Core>) : AbstractCoroutineContextElement(TokenFunctions) {
    companion object Key : CoroutineContext.Key<TokenFunctions>
}

/** Returns the exception for a failed call, or the [Error] that the app's function threw. */
private fun failure(error: String, thrown: Throwable?): Throwable =
    if (thrown is Error) thrown else exceptionOf(error, thrown)

internal inline fun <R> orThrow(start: () -> R): R =
    try {
        start()
    } catch (refused: PhoneFailure.Refused) {
        throw exceptionOf(refused.error)
    }

internal fun exceptionOf(error: String, cause: Throwable? = null): AgentHumanException =
    exceptionOf(Json.parseToJsonElement(error).jsonObject, cause)

private fun closed(operation: String?) =
    ClosedException(ErrorFields("closed", CLOSED, "Create a new client.", operation = operation))

private const val NO_OPTIONS = "{}"
private const val CLOSED = "the client is closed"
