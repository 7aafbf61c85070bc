// The same screens in a window of a desktop, to try the app without a phone.
//
// Reads CHAT_BACKEND, the URL of the backend. Default: http://127.0.0.1:8000, that of examples/mobile-backend. The
// sign-in and
// the conversations are kept in the folder .chat of the home folder.

package com.example.chat

import androidx.compose.ui.unit.DpSize
import androidx.compose.ui.unit.dp
import androidx.compose.ui.window.WindowState
import androidx.compose.ui.window.singleWindowApplication
import com.example.chat.ui.ChatTheme
import com.example.chat.ui.Texts
import java.io.File
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.SecretKeySpec

fun main() {
    val folder = File(System.getProperty("user.home"), ".chat").apply { mkdirs() }
    val app = App(System.getenv("CHAT_BACKEND") ?: "http://127.0.0.1:8000", folder, { keyIn(folder) })
    singleWindowApplication(WindowState(size = DpSize(420.dp, 820.dp)), title = Texts.APP) {
        ChatTheme { Screens(app) }
    }
}

/** A desktop's stand-in for the Android Keystore: a key in a file, which protects nothing. */
fun keyIn(folder: File): SecretKey {
    val file = File(folder, "key")
    if (!file.exists()) {
        file.writeBytes(KeyGenerator.getInstance("AES").apply { init(256) }.generateKey().encoded)
    }
    return SecretKeySpec(file.readBytes(), "AES")
}
