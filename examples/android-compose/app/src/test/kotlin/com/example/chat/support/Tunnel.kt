// A network that can fail.

package com.example.chat.support

import java.io.IOException
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.net.URI
import java.util.concurrent.CopyOnWriteArrayList
import kotlin.concurrent.thread

/** Forwards connections to a server. While [isDown], it closes them instead. */
class Tunnel(target: String) : AutoCloseable {
    private val port = URI(target).port
    private val listener = ServerSocket(0, 50, InetAddress.getLoopbackAddress())
    private val sockets = CopyOnWriteArrayList<Socket>()

    val url = "http://127.0.0.1:${listener.localPort}"

    @Volatile
    var isDown = false
        set(value) {
            field = value
            if (value) sockets.forEach { it.close() }
        }

    init {
        started { while (true) serve(listener.accept()) }
    }

    override fun close() {
        listener.close()
        isDown = true
    }

    private fun serve(client: Socket) {
        if (isDown) return client.close()
        val server = Socket(InetAddress.getLoopbackAddress(), port)
        sockets += listOf(client, server)
        copy(client, server)
        copy(server, client)
        // Another thread may have closed what was there before these two.
        if (isDown) sockets.forEach { it.close() }
    }

    private fun copy(from: Socket, to: Socket) = started {
        from.use { to.use { from.getInputStream().copyTo(to.getOutputStream()) } }
    }

    private fun started(work: () -> Unit) {
        thread(isDaemon = true, name = "tunnel") {
            try {
                work()
            } catch (_: IOException) {
                // One side closed the connection.
            }
        }
    }
}
