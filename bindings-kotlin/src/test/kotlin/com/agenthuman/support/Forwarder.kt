// A load balancer: connections go to several servers in turn, and to another server if one is gone. Each connection
// serves
// one request, so that the servers take turns.

package com.agenthuman.support

import java.io.ByteArrayOutputStream
import java.io.IOException
import java.io.InputStream
import java.io.OutputStream
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.net.URI
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

internal class Forwarder(vararg servers: Program) : AutoCloseable {
    private val ports = servers.map { URI(it.url).port }
    private val listener = ServerSocket(0, 200, InetAddress.getLoopbackAddress())
    private val requested = ByteArrayOutputStream()
    private val next = AtomicInteger()

    /** How many connections each server got. */
    val connections = List(ports.size) { AtomicInteger() }

    val url = "http://127.0.0.1:${listener.localPort}"

    init {
        thread(isDaemon = true, name = "forwarder") { quietly { while (true) serve(listener.accept()) } }
    }

    /** How many requests began with this so far. */
    fun requests(start: String): Int =
        synchronized(requested) { requested.toString(Charsets.ISO_8859_1) }.split(start).size - 1

    override fun close() = listener.close()

    private fun serve(client: Socket) {
        val server = connect() ?: return client.close()
        var isFirst = true
        copy(client, server) { bytes ->
            synchronized(requested) { requested.write(bytes) }
            if (isFirst) alone(bytes).also { isFirst = false } else bytes
        }
        copy(server, client) { it }
    }

    /** A request whose server closes the connection after it. */
    private fun alone(request: ByteArray): ByteArray {
        val text = request.toString(Charsets.ISO_8859_1)
        return text.replaceFirst("\r\n", "\r\nConnection: close\r\n").toByteArray(Charsets.ISO_8859_1)
    }

    private fun connect(): Socket? {
        val first = next.getAndIncrement()
        return ports.indices.firstNotNullOfOrNull { step ->
            val chosen = (first + step) % ports.size
            try {
                Socket(InetAddress.getLoopbackAddress(), ports[chosen]).also { connections[chosen].incrementAndGet() }
            } catch (_: IOException) {
                null
            }
        }
    }

    private fun copy(from: Socket, to: Socket, change: (ByteArray) -> ByteArray) {
        thread(isDaemon = true, name = "forwarder") {
            quietly { pump(from.getInputStream(), to.getOutputStream(), change) }
            from.close()
            to.close()
        }
    }

    private fun pump(from: InputStream, to: OutputStream, change: (ByteArray) -> ByteArray) {
        val buffer = ByteArray(8192)
        while (true) {
            val length = from.read(buffer)
            if (length < 0) return
            to.write(change(buffer.copyOf(length)))
        }
    }

    /** Closes the connection if either side closes it. This is not an error. */
    private fun quietly(work: () -> Unit) =
        try {
            work()
        } catch (_: IOException) {}
}
