// What lives as long as the process.

package com.example.chat

import android.app.Application
import android.net.ConnectivityManager

class ChatApplication : Application() {
    /** Creating it takes no time: the native library is loaded on another thread. */
    val app: App by lazy {
        App(
            backend = BuildConfig.BACKEND,
            folder = noBackupFilesDir,
            key = ::keyOfDevice,
            // To the emulator's computer. A release build has HTTPS only.
            allowInsecureHttp = BuildConfig.DEBUG,
            networkChanges = getSystemService(ConnectivityManager::class.java).changes(),
        )
    }
}
