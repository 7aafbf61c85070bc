// A store whose key is read when it is needed.

package com.example.chat.account

import com.agenthuman.EncryptedFileSessionStore
import com.agenthuman.RestorableSession
import com.agenthuman.SessionStore
import java.io.File
import javax.crypto.SecretKey
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext

/**
 * An [EncryptedFileSessionStore] with a key that takes a while to read, as from the Android Keystore.
 *
 * @param key returns an AES key. It is called on another thread than the main one.
 */
class LazyKeyStore(private val file: File, private val key: () -> SecretKey) : SessionStore {
    override suspend fun load(): RestorableSession? = store().load()

    override suspend fun save(session: RestorableSession) = store().save(session)

    override suspend fun remove() = store().remove()

    private suspend fun store() = withContext(Dispatchers.IO) { EncryptedFileSessionStore(file, key()) }
}
