// A session as an app stores it.

package com.agenthuman

/**
 * A session as an app stores it, to resume it after a restart by [AgentHumanClient.resume].
 *
 * It contains the backend's grant for the session, so store it where the app keeps its sign-in, such as in encrypted
 * preferences. The backend accepts the grant from the same user only. It is never printed.
 *
 * @param bytes what [toByteArray] returned. [AgentHumanClient.resume] checks it.
 */
public class RestorableSession(bytes: ByteArray) {
    private val bytes = bytes.copyOf()

    /** Returns the bytes to store, for example in a `Bundle` or a file. Their form is internal. */
    public fun toByteArray(): ByteArray = bytes.copyOf()

    override fun equals(other: Any?): Boolean = other is RestorableSession && bytes.contentEquals(other.bytes)

    override fun hashCode(): Int = bytes.contentHashCode()

    /** Returns the type, without the content. */
    override fun toString(): String = "RestorableSession([redacted])"
}
