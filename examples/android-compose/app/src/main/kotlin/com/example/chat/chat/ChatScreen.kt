// The chat screen. It has no state of its own but the text that is being written.

package com.example.chat.chat

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.consumeWindowInsets
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.imePadding
import androidx.compose.foundation.layout.navigationBarsPadding
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.lazy.rememberLazyListState
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.ExperimentalMaterial3Api
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.material3.TopAppBar
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.tooling.preview.Preview
import androidx.compose.ui.unit.dp
import com.agenthuman.ConversationMessage
import com.agenthuman.MessageRole
import com.example.chat.ui.ChatTheme
import com.example.chat.ui.Icons
import com.example.chat.ui.Notice
import com.example.chat.ui.NoticeStrip
import com.example.chat.ui.Portrait
import com.example.chat.ui.Remedy
import com.example.chat.ui.Texts

/** What the user does on the chat screen. */
interface ChatActions {
    fun back()

    fun send(text: String)

    fun retry(id: String)

    fun discard(id: String)

    fun remedy(remedy: Remedy)
}

@OptIn(ExperimentalMaterial3Api::class)
@Composable
fun ChatScreen(state: ChatState, actions: ChatActions, modifier: Modifier = Modifier) {
    val agent = state.agent ?: Texts.AGENT
    Scaffold(
        modifier = modifier.imePadding(),
        topBar = {
            TopAppBar(
                title = {
                    Row(Modifier, Arrangement.spacedBy(12.dp), Alignment.CenterVertically) {
                        Portrait(agent)
                        Text(agent)
                    }
                },
                navigationIcon = { IconButton(actions::back) { Icon(Icons.Back, Texts.BACK) } },
            )
        },
        bottomBar = { if (state.isOver) Over() else Composer(isEnabled = state.canSend, onSend = actions::send) },
    ) { padding ->
        Column(Modifier.padding(padding).consumeWindowInsets(padding)) {
            state.notice?.let { NoticeStrip(it, actions::remedy) }
            Box(Modifier.weight(1f).fillMaxWidth()) {
                when {
                    state.isLoading -> Loading(Modifier.align(Alignment.Center))
                    state.messages.isEmpty() && state.canSend ->
                        Text(
                            Texts.greeting(agent),
                            Modifier.align(Alignment.Center).padding(24.dp),
                            color = MaterialTheme.colorScheme.onSurfaceVariant,
                            textAlign = TextAlign.Center,
                            style = MaterialTheme.typography.titleMedium,
                        )
                    else -> Messages(state.messages, agent, state.isAgentTyping, actions)
                }
            }
        }
    }
}

/** Stands in the place of the composer. */
@Composable
private fun Over() =
    Text(
        Texts.OVER,
        Modifier.fillMaxWidth().navigationBarsPadding().padding(20.dp),
        color = MaterialTheme.colorScheme.onSurfaceVariant,
        textAlign = TextAlign.Center,
    )

@Composable
private fun Loading(modifier: Modifier) =
    CircularProgressIndicator(modifier.semantics { contentDescription = Texts.LOADING })

/** The messages from the newest at the bottom, where the list stays unless the user has scrolled up. */
@Composable
private fun Messages(messages: List<ConversationMessage>, agent: String, isTyping: Boolean, actions: ChatActions) {
    val list = rememberLazyListState()
    val newest = messages.lastOrNull()
    LaunchedEffect(newest?.id, isTyping) {
        val isOwn = newest?.role == MessageRole.User
        if (isOwn || list.firstVisibleItemIndex <= 1) list.animateScrollToItem(0)
    }
    LazyColumn(
        Modifier.fillMaxSize(),
        state = list,
        reverseLayout = true,
        contentPadding = PaddingValues(horizontal = 16.dp, vertical = 12.dp),
    ) {
        if (isTyping) item(key = "typing") { Typing(agent, Modifier.padding(top = 8.dp)) }
        items(messages.asReversed(), key = { it.id }) { message ->
            MessageRow(message, agent, isNewest = message === newest, actions, Modifier.padding(top = 8.dp))
        }
    }
}

/** For previews, and for tests of the layout. */
object NoActions : ChatActions {
    override fun back() = Unit

    override fun send(text: String) = Unit

    override fun retry(id: String) = Unit

    override fun discard(id: String) = Unit

    override fun remedy(remedy: Remedy) = Unit
}

@Preview @Composable private fun ConversationPreview() = ChatTheme { ChatScreen(previewState, NoActions) }

@Preview
@Composable
private fun DarkConversationPreview() = ChatTheme(isDark = true) { ChatScreen(previewState, NoActions) }

@Preview
@Composable
private fun OfflinePreview() = ChatTheme { ChatScreen(previewState.copy(notice = Notice(Texts.OFFLINE)), NoActions) }

@Preview
@Composable
private fun EmptyPreview() = ChatTheme {
    ChatScreen(ChatState(agent = "Sunny", isLoading = false, canSend = true), NoActions)
}
