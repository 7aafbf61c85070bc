// The key of the Android Keystore, which never leaves the device.

package com.example.chat

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import java.security.KeyStore
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey

private const val PROVIDER = "AndroidKeyStore"
private const val ALIAS = "chat"

/** Returns the key, which is made the first time. It is slow, so do not call it on the main thread. */
@Synchronized
fun keyOfDevice(): SecretKey {
    val keystore = KeyStore.getInstance(PROVIDER).apply { load(null) }
    return keystore.getKey(ALIAS, null) as SecretKey? ?: made()
}

private fun made(): SecretKey =
    KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, PROVIDER).run {
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        init(
            KeyGenParameterSpec.Builder(ALIAS, purposes)
                .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                .build()
        )
        generateKey()
    }
