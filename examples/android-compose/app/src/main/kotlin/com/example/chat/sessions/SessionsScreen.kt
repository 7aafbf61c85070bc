// The list of conversations.

package com.example.chat.sessions

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.Card
import androidx.compose.material3.CardDefaults
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.ExperimentalMaterial3Api
import androidx.compose.material3.ExtendedFloatingActionButton
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.material3.TopAppBar
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.tooling.preview.Preview
import androidx.compose.ui.unit.dp
import com.example.chat.ui.ChatTheme
import com.example.chat.ui.Icons
import com.example.chat.ui.NoticeStrip
import com.example.chat.ui.Portrait
import com.example.chat.ui.Remedy
import com.example.chat.ui.Texts
import java.time.ZoneId
import java.time.format.DateTimeFormatter
import java.time.format.FormatStyle
import kotlin.time.Instant
import kotlin.time.toJavaInstant

/** What the user does with the list of conversations. */
interface SessionsActions {
    fun open(id: String)

    fun start()

    fun end(id: String)

    fun signOut()

    fun remedy(remedy: Remedy)
}

@OptIn(ExperimentalMaterial3Api::class)
@Composable
fun SessionsScreen(state: SessionsState, actions: SessionsActions, modifier: Modifier = Modifier) {
    Scaffold(
        modifier = modifier,
        topBar = {
            TopAppBar(
                title = { Text(Texts.CHATS) },
                actions = { TextButton(actions::signOut, Modifier.heightIn(min = 48.dp)) { Text(Texts.SIGN_OUT) } },
            )
        },
        floatingActionButton = {
            ExtendedFloatingActionButton(
                text = { Text(Texts.NEW_CHAT) },
                // The button hides its text from screen readers, and leaves its name to the icon.
                icon = { Icon(Icons.Add, Texts.NEW_CHAT) },
                onClick = actions::start,
            )
        },
    ) { padding ->
        Column(Modifier.padding(padding).fillMaxSize()) {
            state.notice?.let { NoticeStrip(it, actions::remedy) }
            when {
                state.chats.isNotEmpty() -> List(state, actions)
                state.isLoading ->
                    Box(Modifier.fillMaxSize(), Alignment.Center) {
                        CircularProgressIndicator(Modifier.semantics { contentDescription = Texts.LOADING })
                    }
                state.notice == null -> Empty()
            }
        }
    }
}

@Composable
private fun List(state: SessionsState, actions: SessionsActions) =
    LazyColumn(
        Modifier.fillMaxSize(),
        // The last one is not below the button.
        contentPadding = PaddingValues(start = 16.dp, top = 8.dp, end = 16.dp, bottom = 96.dp),
        verticalArrangement = Arrangement.spacedBy(8.dp),
    ) {
        items(state.chats, key = { it.id }) { chat -> Row(chat, isEnding = chat.id in state.ending, actions) }
    }

@Composable
private fun Row(chat: Chat, isEnding: Boolean, actions: SessionsActions) {
    val agent = chat.agent ?: Texts.AGENT
    val time = chat.startedAt.shown()
    Card(
        onClick = { actions.open(chat.id) },
        modifier = Modifier.fillMaxWidth(),
        colors = CardDefaults.cardColors(containerColor = MaterialTheme.colorScheme.surfaceContainer),
    ) {
        Row(
            Modifier.padding(start = 16.dp, end = 8.dp).heightIn(min = 72.dp),
            Arrangement.spacedBy(16.dp),
            Alignment.CenterVertically,
        ) {
            Portrait(agent)
            Column(Modifier.weight(1f).padding(vertical = 12.dp)) {
                Text(agent, style = MaterialTheme.typography.titleMedium)
                Text(
                    time,
                    color = MaterialTheme.colorScheme.onSurfaceVariant,
                    style = MaterialTheme.typography.bodyMedium,
                )
            }
            if (chat.isOver) {
                val color = MaterialTheme.colorScheme.onSurfaceVariant
                Text(Texts.ENDED, Modifier.padding(end = 8.dp), color, style = MaterialTheme.typography.labelLarge)
            } else {
                TextButton(
                    { actions.end(chat.id) },
                    Modifier.heightIn(min = 48.dp).semantics { contentDescription = Texts.end(agent, time) },
                    enabled = !isEnding,
                ) {
                    Text(Texts.END)
                }
            }
        }
    }
}

@Composable
private fun Empty() =
    Column(Modifier.fillMaxSize().padding(24.dp), Arrangement.Center, Alignment.CenterHorizontally) {
        Text(Texts.NO_CHATS, style = MaterialTheme.typography.titleMedium, textAlign = TextAlign.Center)
        Text(
            Texts.NO_CHATS_HINT,
            Modifier.padding(top = 8.dp),
            color = MaterialTheme.colorScheme.onSurfaceVariant,
            textAlign = TextAlign.Center,
        )
    }

internal fun Instant.shown(): String =
    DateTimeFormatter.ofLocalizedDateTime(FormatStyle.MEDIUM, FormatStyle.SHORT)
        .withZone(ZoneId.systemDefault())
        .format(toJavaInstant())

/** For previews, and for tests of the layout. */
object NoSessionsActions : SessionsActions {
    override fun open(id: String) = Unit

    override fun start() = Unit

    override fun end(id: String) = Unit

    override fun signOut() = Unit

    override fun remedy(remedy: Remedy) = Unit
}

@Preview
@Composable
private fun SessionsPreview() = ChatTheme {
    val chats =
        listOf(
            Chat("1", "Sunny", Instant.parse("2026-11-30T09:30:00Z")),
            Chat("2", "Sunny", Instant.parse("2026-11-28T17:05:00Z"), isOver = true),
        )
    SessionsScreen(SessionsState(chats, isLoading = false), NoSessionsActions)
}

@Preview
@Composable
private fun NoSessionsPreview() = ChatTheme { SessionsScreen(SessionsState(isLoading = false), NoSessionsActions) }
