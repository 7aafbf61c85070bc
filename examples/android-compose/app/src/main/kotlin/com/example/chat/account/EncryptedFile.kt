// A small file that is encrypted.

package com.example.chat.account

import java.io.File
import java.security.GeneralSecurityException
import javax.crypto.Cipher
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/**
 * A text in a file that is encrypted with AES-GCM, for the app's own token. The package has the same for sessions:
 * [com.agenthuman.EncryptedFileSessionStore].
 *
 * @param file the file. Its folder must exist, and should not be part of backups.
 * @param key returns an AES key. It is called on another thread than the main one.
 */
class EncryptedFile(private val file: File, private val key: () -> SecretKey) {
    /** Returns the text, or null if there is none or the key cannot decrypt it. */
    suspend fun read(): String? =
        withContext(Dispatchers.IO) {
            if (!file.exists()) return@withContext null
            try {
                val bytes = file.readBytes()
                val cipher = Cipher.getInstance(ALGORITHM)
                cipher.init(Cipher.DECRYPT_MODE, key(), GCMParameterSpec(TAG_BITS, bytes, 0, VECTOR_BYTES))
                cipher.doFinal(bytes, VECTOR_BYTES, bytes.size - VECTOR_BYTES).decodeToString()
            } catch (_: GeneralSecurityException) {
                null
            } catch (_: IllegalArgumentException) {
                null // It is too short.
            }
        }

    suspend fun write(text: String): Unit =
        withContext(Dispatchers.IO) {
            // The cipher makes a new initialization vector each time.
            val cipher = Cipher.getInstance(ALGORITHM).apply { init(Cipher.ENCRYPT_MODE, key()) }
            file.writeBytes(cipher.iv + cipher.doFinal(text.encodeToByteArray()))
        }

    suspend fun remove() {
        withContext(Dispatchers.IO) { file.delete() }
    }
}

private const val ALGORITHM = "AES/GCM/NoPadding"
private const val VECTOR_BYTES = 12
private const val TAG_BITS = 128
