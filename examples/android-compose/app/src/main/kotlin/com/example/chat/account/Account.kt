// The user of the app, at the app's own backend.

package com.example.chat.account

import java.io.IOException
import java.net.HttpURLConnection
import java.net.URI
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.withContext
import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.put

/** Whether somebody is signed in. */
sealed interface User {
    data object Unknown : User

    data object SignedOut : User

    class SignedIn(val name: String, internal val token: String) : User
}

/** The backend does not know this name with this password. */
class WrongPasswordException : Exception()

/**
 * Signs users in, and keeps the token of the one who is signed in.
 *
 * @param backend the URL of the backend, whose `/sign-in` returns a token for a name and a password. Replace it with
 *   the sign-in that your app has.
 * @param file where the token is kept.
 */
class Account(private val backend: String, private val file: EncryptedFile) {
    private val published = MutableStateFlow<User>(User.Unknown)

    val user: StateFlow<User> = published.asStateFlow()

    /** Reads who was signed in when the app ran the last time. */
    suspend fun restore() {
        if (published.value != User.Unknown) return
        val stored = file.read()?.let { Json.parseToJsonElement(it).jsonObject }
        published.value = stored?.let { User.SignedIn(it.text("name"), it.text("token")) } ?: User.SignedOut
    }

    /**
     * Signs a user in.
     *
     * @throws WrongPasswordException if the name or the password is wrong.
     * @throws IOException if the backend cannot be reached, or does not work.
     */
    suspend fun signIn(name: String, password: String) {
        val request = buildJsonObject {
            put("user", name)
            put("password", password)
        }
        val answer = post(request)
        val signedIn = User.SignedIn(name, answer.text("token"))
        val stored = buildJsonObject {
            put("name", name)
            put("token", signedIn.token)
        }
        file.write(stored.toString())
        published.value = signedIn
    }

    suspend fun signOut() {
        file.remove()
        published.value = User.SignedOut
    }

    /** The token of the user, for the client. */
    fun token(): String = (user.value as? User.SignedIn)?.token ?: error("no user is signed in")

    private suspend fun post(body: JsonObject): JsonObject =
        withContext(Dispatchers.IO) {
            val connection = URI("$backend/sign-in").toURL().openConnection() as HttpURLConnection
            try {
                connection.connectTimeout = TIMEOUT_MILLIS
                connection.readTimeout = TIMEOUT_MILLIS
                connection.requestMethod = "POST"
                connection.doOutput = true
                connection.setRequestProperty("Content-Type", "application/json")
                connection.outputStream.use { it.write(body.toString().encodeToByteArray()) }
                when (connection.responseCode) {
                    HttpURLConnection.HTTP_OK -> parsed(connection.inputStream.use { it.readBytes() })
                    HttpURLConnection.HTTP_UNAUTHORIZED -> throw WrongPasswordException()
                    else -> throw IOException("the sign-in returned ${connection.responseCode}")
                }
            } finally {
                connection.disconnect()
            }
        }
}

private fun parsed(body: ByteArray): JsonObject =
    try {
        Json.parseToJsonElement(body.decodeToString()).jsonObject
    } catch (_: SerializationException) {
        throw IOException("the sign-in returned no JSON")
    }

private fun JsonObject.text(name: String): String = getValue(name).jsonPrimitive.content

private const val TIMEOUT_MILLIS = 15_000
