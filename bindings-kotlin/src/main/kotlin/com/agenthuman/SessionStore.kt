// Stores for a session that is resumed after a restart.

package com.agenthuman

import java.io.File
import java.nio.file.Files
import java.nio.file.StandardCopyOption
import java.security.GeneralSecurityException
import javax.crypto.Cipher
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/** Where an app keeps a session, to resume it after a restart ([StoredSession]). It contains a secret. */
public interface SessionStore {
    /** Returns the stored session, or null if there is none. */
    public suspend fun load(): RestorableSession?

    /** Stores a session in the place of the one before. */
    public suspend fun save(session: RestorableSession)

    /** Removes the stored session, if there is one. */
    public suspend fun remove()
}

/** A store that lasts as long as the process, for tests. */
public class MemorySessionStore : SessionStore {
    @Volatile private var stored: RestorableSession? = null

    override suspend fun load(): RestorableSession? = stored

    override suspend fun save(session: RestorableSession) {
        stored = session
    }

    override suspend fun remove() {
        stored = null
    }
}

/**
 * A store in a file that is encrypted with AES-GCM. On Android the key comes from the Android Keystore, which does not
 * give it away:
 * ```
 * val keystore = KeyStore.getInstance("AndroidKeyStore").apply { load(null) }
 * val key = keystore.getKey("session", null) as SecretKey? ?: KeyGenerator.getInstance("AES", "AndroidKeyStore").run {
 *     val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
 *     init(
 *         KeyGenParameterSpec.Builder("session", purposes)
 *             .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
 *             .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
 *             .build()
 *     )
 *     generateKey()
 * }
 * val store = EncryptedFileSessionStore(File(context.noBackupFilesDir, "session"), key)
 * ```
 *
 * A file that the key cannot decrypt, such as one of a backup, counts as none.
 *
 * @param file the file. Its folder must exist, and should not be part of backups.
 * @param key an AES key.
 */
public class EncryptedFileSessionStore(private val file: File, private val key: SecretKey) : SessionStore {
    override suspend fun load(): RestorableSession? =
        withContext(Dispatchers.IO) {
            if (!file.exists()) return@withContext null
            try {
                RestorableSession(decrypted(file.readBytes()))
            } catch (_: GeneralSecurityException) {
                null
            }
        }

    /** Fails with an [java.io.IOException] if the file cannot be written. */
    override suspend fun save(session: RestorableSession): Unit =
        withContext(Dispatchers.IO) {
            // A process that is killed leaves the old file or the new one.
            val beside = File(file.path + ".new")
            beside.writeBytes(encrypted(session.toByteArray()))
            Files.move(
                beside.toPath(),
                file.toPath(),
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.ATOMIC_MOVE,
            )
        }

    override suspend fun remove(): Unit = withContext(Dispatchers.IO) { Files.deleteIfExists(file.toPath()) }

    private fun encrypted(bytes: ByteArray): ByteArray {
        // The Android Keystore chooses the initialization vector itself.
        val cipher = Cipher.getInstance(ALGORITHM).apply { init(Cipher.ENCRYPT_MODE, key) }
        return byteArrayOf(cipher.iv.size.toByte()) + cipher.iv + cipher.doFinal(bytes)
    }

    private fun decrypted(bytes: ByteArray): ByteArray {
        val start = 1 + (bytes.firstOrNull()?.toInt() ?: 0)
        if (start !in 2..bytes.size) throw GeneralSecurityException("the file is too short")
        val cipher = Cipher.getInstance(ALGORITHM)
        cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, bytes, 1, start - 1))
        return cipher.doFinal(bytes, start, bytes.size - start)
    }
}

private const val ALGORITHM = "AES/GCM/NoPadding"
private const val TAG_BITS = 128
