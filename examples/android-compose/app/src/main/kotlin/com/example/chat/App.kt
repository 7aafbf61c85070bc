// What the app is made of, and which screen it shows.

package com.example.chat

import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.lifecycle.compose.LifecycleStartEffect
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import androidx.lifecycle.viewmodel.compose.rememberViewModelStoreOwner
import androidx.lifecycle.viewmodel.compose.viewModel
import androidx.navigationevent.NavigationEventInfo
import androidx.navigationevent.compose.NavigationBackHandler
import androidx.navigationevent.compose.rememberNavigationEventState
import com.agenthuman.AgentHumanClient
import com.example.chat.account.Account
import com.example.chat.account.EncryptedFile
import com.example.chat.account.User
import com.example.chat.chat.ChatActions
import com.example.chat.chat.ChatScreen
import com.example.chat.chat.ChatViewModel
import com.example.chat.sessions.Chats
import com.example.chat.sessions.SessionsActions
import com.example.chat.sessions.SessionsScreen
import com.example.chat.sessions.SessionsViewModel
import com.example.chat.sessions.StoredChats
import com.example.chat.signin.SignInScreen
import com.example.chat.signin.SignInViewModel
import com.example.chat.ui.Remedy
import java.io.File
import javax.crypto.SecretKey
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.emptyFlow
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.launch

/**
 * What lives as long as the process.
 *
 * @param backend the URL of the backend, which has the sign-in and mounts the relay at `/agenthuman`.
 * @param folder the folder for the sign-in and the conversations. It should not be part of backups.
 * @param key returns the AES key with which they are encrypted: on Android, that of the Android Keystore. It is called
 *   on another thread than the main one.
 * @param allowInsecureHttp allows `http` to a computer in the private network, for development only.
 * @param networkChanges emits when the device has another network.
 */
class App(
    backend: String,
    folder: File,
    key: () -> SecretKey,
    allowInsecureHttp: Boolean = false,
    networkChanges: Flow<Unit> = emptyFlow(),
) : AutoCloseable {
    private val client =
        AgentHumanClient("$backend/agenthuman", allowInsecureHttp = allowInsecureHttp) { account.token() }

    val account = Account(backend, EncryptedFile(File(folder, "account"), key))

    val chats: Chats = StoredChats(client, File(folder, "sessions"), key)

    /** The changes of the network, which the client has been told of. */
    val networkChanges: Flow<Unit> = networkChanges.onEach { client.connectionsChanged() }

    /** The app is in the foreground again: connections may be dead. */
    fun connectionsChanged() = client.connectionsChanged()

    suspend fun signOut() {
        chats.forget()
        account.signOut()
    }

    override fun close() = client.close()
}

/** The screen of the moment. An app with more screens uses a library for navigation. */
@Composable
fun Screens(app: App) {
    val user by app.account.user.collectAsStateWithLifecycle()
    // It survives the death of the process, so that the app comes back to the conversation.
    var open by rememberSaveable { mutableStateOf<String?>(null) }
    LaunchedEffect(app) { app.account.restore() }
    LifecycleStartEffect(app) {
        app.connectionsChanged()
        onStopOrDispose {}
    }
    val id = open
    when {
        user is User.Unknown -> Unit
        user is User.SignedOut -> SignInRoute(app)
        id == null -> SessionsRoute(app) { open = it }
        else -> ChatRoute(app, id) { open = it }
    }
}

@Composable
private fun SignInRoute(app: App) {
    val model = viewModel { SignInViewModel(app.account::signIn) }
    val state by model.state.collectAsStateWithLifecycle()
    SignInScreen(state, model::submit)
}

@Composable
private fun SessionsRoute(app: App, onOpen: (String?) -> Unit) {
    val model = viewModel { SessionsViewModel(app.chats) }
    val state by model.state.collectAsStateWithLifecycle()
    val scope = rememberCoroutineScope()
    LifecycleStartEffect(model) {
        model.refresh()
        onStopOrDispose {}
    }
    val actions =
        remember(model) {
            object : SessionsActions {
                override fun open(id: String) = onOpen(id)

                override fun start() = onOpen(app.chats.start())

                override fun end(id: String) = model.end(id)

                override fun signOut() {
                    scope.launch { app.signOut() }
                }

                override fun remedy(remedy: Remedy) {
                    if (remedy == Remedy.SignIn) scope.launch { app.account.signOut() } else model.refresh()
                }
            }
        }
    SessionsScreen(state, actions)
}

@Composable
private fun ChatRoute(app: App, id: String, onOpen: (String?) -> Unit) {
    // The view model ends with the route, and not with the activity.
    val owner = rememberViewModelStoreOwner()
    val model = viewModel(owner, key = id) { ChatViewModel(app.chats.source(id), app.networkChanges) }
    val state by model.state.collectAsStateWithLifecycle()
    val scope = rememberCoroutineScope()
    NavigationBackHandler(rememberNavigationEventState(NavigationEventInfo.None)) { onOpen(null) }
    LifecycleStartEffect(model) {
        model.start()
        onStopOrDispose { model.stop() }
    }
    val actions =
        remember(model) {
            object : ChatActions {
                override fun back() = onOpen(null)

                override fun send(text: String) = model.send(text)

                override fun retry(id: String) = model.retry(id)

                override fun discard(id: String) = model.discard(id)

                override fun remedy(remedy: Remedy) {
                    when (remedy) {
                        Remedy.TryAgain -> model.reconnect()
                        Remedy.SignIn -> scope.launch { app.account.signOut() }
                        Remedy.StartNew -> onOpen(app.chats.start())
                    }
                }
            }
        }
    ChatScreen(state, actions)
}
