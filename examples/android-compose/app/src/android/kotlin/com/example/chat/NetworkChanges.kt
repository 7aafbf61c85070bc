// The changes of the device's network.

package com.example.chat

import android.net.ConnectivityManager
import android.net.Network
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate

/** Emits when the device has another network, such as Wi-Fi after mobile data, and once at the start. */
fun ConnectivityManager.changes(): Flow<Unit> =
    callbackFlow {
            val callback =
                object : ConnectivityManager.NetworkCallback() {
                    override fun onAvailable(network: Network) {
                        trySend(Unit)
                    }
                }
            registerDefaultNetworkCallback(callback)
            awaitClose { unregisterNetworkCallback(callback) }
        }
        .conflate()
