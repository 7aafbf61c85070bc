// A backend whose responses a test defines.

package com.agenthuman.support

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import java.net.InetAddress
import java.net.InetSocketAddress
import java.util.concurrent.Executors

internal class FakeBackend(private val answer: (BackendRequest) -> Answer) : AutoCloseable {
    private val threads = Executors.newCachedThreadPool { Thread(it).apply { isDaemon = true } }
    private val server =
        HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100).apply {
            executor = threads
            createContext("/", ::handle)
            start()
        }

    val url = "http://127.0.0.1:${server.address.port}"

    override fun close() {
        server.stop(0)
        threads.shutdownNow()
    }

    private fun handle(exchange: HttpExchange) =
        exchange.use {
            val headers =
                exchange.requestHeaders.entries.associate { (name, values) -> name.lowercase() to values.first() }
            val body = exchange.requestBody.readAllBytes().decodeToString()
            val answer = answer(BackendRequest("${exchange.requestMethod} ${exchange.requestURI}", headers, body))
            val bytes = answer.body.toByteArray()
            exchange.responseHeaders["Content-Type"] = "application/json"
            exchange.sendResponseHeaders(answer.status, if (bytes.isEmpty()) -1 else bytes.size.toLong())
            exchange.responseBody.write(bytes)
        }
}

/** A request: its method and path, its headers by lower-case name, and its body. */
internal class BackendRequest(val line: String, val headers: Map<String, String>, val body: String)

internal class Answer(val status: Int, val body: String)

internal fun opened(id: String, grant: String, status: Int = 201) =
    Answer(status, """{"success":true,"session":${session(id)},"grant":"$grant","expires_in":900}""")

internal fun session(id: String) =
    """{"id":"$id","agent_id":"3","session_type":"voice","status":"active","started_at":"2025-03-01T10:20:30Z"}"""

internal fun refused(status: Int, code: String, message: String = "refused") =
    Answer(status, """{"success":false,"error":{"code":"$code","message":"$message"}}""")
