// The parts of the app, and the screen that it shows.

package com.example.chat

import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.key
import androidx.compose.runtime.mutableIntStateOf
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
import com.example.chat.account.LazyKeyStore
import com.example.chat.account.User
import com.example.chat.chat.ChatActions
import com.example.chat.chat.ChatScreen
import com.example.chat.chat.ChatViewModel
import com.example.chat.sessions.BackendChats
import com.example.chat.sessions.Chats
import com.example.chat.sessions.SessionsActions
import com.example.chat.sessions.SessionsScreen
import com.example.chat.sessions.SessionsViewModel
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

    val chats: Chats = BackendChats(client, LazyKeyStore(File(folder, "session"), key))

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

/** The name of the chat that was started on this device. */
private const val STARTED = "started"

/** The screen of the moment. An app with more screens uses a library for navigation. */
@Composable
fun Screens(app: App) {
    val user by app.account.user.collectAsStateWithLifecycle()
    // Both survive the death of the process, so that the app comes back to the chat.
    var chat by rememberSaveable { mutableStateOf<String?>(null) }
    var started by rememberSaveable { mutableIntStateOf(0) }
    val scope = rememberCoroutineScope()
    LaunchedEffect(app) { app.account.restore() }
    LifecycleStartEffect(app) {
        app.connectionsChanged()
        onStopOrDispose {}
    }
    val start = {
        scope.launch {
            app.chats.forget()
            started++
            chat = STARTED
        }
        Unit
    }
    val id = chat
    when {
        user is User.Unknown -> Unit
        user is User.SignedOut -> SignInRoute(app)
        id == null -> SessionsRoute(app, onOpen = { chat = it }, onStart = start)
        else -> key(id, started) { ChatRoute(app, id, onBack = { chat = null }, onStart = start) }
    }
}

@Composable
private fun SignInRoute(app: App) {
    val model = viewModel { SignInViewModel(app.account::signIn) }
    val state by model.state.collectAsStateWithLifecycle()
    SignInScreen(state, model::submit)
}

@Composable
private fun SessionsRoute(app: App, onOpen: (String) -> Unit, onStart: () -> Unit) {
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

                override fun start() = onStart()

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
private fun ChatRoute(app: App, id: String, onBack: () -> Unit, onStart: () -> Unit) {
    // The view model ends with the route, and not with the activity.
    val owner = rememberViewModelStoreOwner()
    val model =
        viewModel(owner) {
            val source = if (id == STARTED) app.chats.started() else app.chats.existing(id)
            ChatViewModel(source, app.networkChanges)
        }
    val state by model.state.collectAsStateWithLifecycle()
    val scope = rememberCoroutineScope()
    NavigationBackHandler(rememberNavigationEventState(NavigationEventInfo.None)) { onBack() }
    LifecycleStartEffect(model) {
        model.start()
        onStopOrDispose { model.stop() }
    }
    val actions =
        remember(model) {
            object : ChatActions {
                override fun back() = onBack()

                override fun send(text: String) = model.send(text)

                override fun retry(id: String) = model.retry(id)

                override fun discard(id: String) = model.discard(id)

                override fun remedy(remedy: Remedy) {
                    when (remedy) {
                        Remedy.TryAgain -> model.reconnect()
                        Remedy.SignIn -> scope.launch { app.account.signOut() }
                        Remedy.StartNew -> onStart()
                    }
                }
            }
        }
    ChatScreen(state, actions)
}
