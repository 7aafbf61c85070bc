// Tests run on the main thread, like an app's view models.

package com.example.chat.support

import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull

fun onMain(work: suspend CoroutineScope.() -> Unit): Unit = fromMain(work)

fun <T> fromMain(work: suspend CoroutineScope.() -> T): T = runBlocking { withContext(Dispatchers.Main, work) }

/** Waits for a state, and returns it. */
suspend fun <T> StateFlow<T>.until(condition: (T) -> Boolean): T =
    withTimeoutOrNull(30.seconds) { first(condition) } ?: error("the state stayed $value")

fun madeUpKey(): () -> SecretKey {
    val key = KeyGenerator.getInstance("AES").apply { init(256) }.generateKey()
    return { key }
}

/** The URL of a backend of examples/mobile-backend that was just started, and whose service is a sandbox. */
val BACKEND: String =
    System.getenv("CHAT_BACKEND") ?: error("CHAT_BACKEND is not set: `cargo xtask kotlin sample` starts a backend")
