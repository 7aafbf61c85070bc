// One message, and the agent that is typing.

package com.example.chat.chat

import androidx.compose.animation.core.RepeatMode
import androidx.compose.animation.core.animateFloat
import androidx.compose.animation.core.infiniteRepeatable
import androidx.compose.animation.core.rememberInfiniteTransition
import androidx.compose.animation.core.tween
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.LocalTextStyle
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.alpha
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.semantics.stateDescription
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.text.style.TextDirection
import androidx.compose.ui.unit.dp
import com.agenthuman.ConversationMessage
import com.agenthuman.ConversationMessage.Delivery
import com.agenthuman.MessageRole
import com.example.chat.ui.Texts

@Composable
fun MessageRow(
    message: ConversationMessage,
    agent: String,
    isNewest: Boolean,
    actions: ChatActions,
    modifier: Modifier = Modifier,
) {
    val isOwn = message.role == MessageRole.User
    Column(modifier.fillMaxWidth(), horizontalAlignment = if (isOwn) Alignment.End else Alignment.Start) {
        Bubble(message, author = if (isOwn) Texts.YOU else agent, isNewest)
        if (isOwn && (isNewest || message.delivery != Delivery.Sent)) Status(message)
        if (message.delivery == Delivery.Failed || message.delivery == Delivery.Unknown) {
            Row {
                TextButton({ actions.discard(message.id) }, Modifier.heightIn(min = 48.dp)) { Text(Texts.REMOVE) }
                if (message.canRetry) {
                    TextButton({ actions.retry(message.id) }, Modifier.heightIn(min = 48.dp)) { Text(Texts.TRY_AGAIN) }
                }
            }
        }
    }
}

@Composable
private fun Bubble(message: ConversationMessage, author: String, isNewest: Boolean) {
    val colors = MaterialTheme.colorScheme
    val isOwn = message.role == MessageRole.User
    Surface(
        modifier =
            Modifier.padding(start = if (isOwn) 48.dp else 0.dp, end = if (isOwn) 0.dp else 48.dp)
                .widthIn(max = 520.dp)
                .semantics(mergeDescendants = true) {
                    // Screen readers say the author, and read a new message of the agent aloud.
                    stateDescription = author
                    if (isNewest && !isOwn) liveRegion = LiveRegionMode.Polite
                },
        shape =
            RoundedCornerShape(
                topStart = 20.dp,
                topEnd = 20.dp,
                bottomStart = if (isOwn) 20.dp else 6.dp,
                bottomEnd = if (isOwn) 6.dp else 20.dp,
            ),
        color = if (isOwn) colors.primaryContainer else colors.surfaceContainerHigh,
        contentColor = if (isOwn) colors.onPrimaryContainer else colors.onSurface,
    ) {
        // A message has the direction of its own language.
        val style = LocalTextStyle.current.copy(textDirection = TextDirection.Content)
        Text(message.content, Modifier.padding(horizontal = 16.dp, vertical = 10.dp), style = style)
    }
}

@Composable
private fun Status(message: ConversationMessage) {
    val colors = MaterialTheme.colorScheme
    Text(
        Texts.delivery(message),
        Modifier.padding(start = 48.dp, top = 2.dp, end = 4.dp),
        color = if (message.delivery == Delivery.Failed) colors.error else colors.onSurfaceVariant,
        textAlign = TextAlign.End,
        style = MaterialTheme.typography.labelMedium,
    )
}

/** Three dots that pulse. */
@Composable
fun Typing(agent: String, modifier: Modifier = Modifier) {
    val transition = rememberInfiniteTransition()
    Row(
        modifier
            .background(MaterialTheme.colorScheme.surfaceContainerHigh, RoundedCornerShape(20.dp))
            .padding(horizontal = 16.dp, vertical = 14.dp)
            .semantics(mergeDescendants = true) {
                contentDescription = Texts.typing(agent)
                liveRegion = LiveRegionMode.Polite
            },
        horizontalArrangement = Arrangement.spacedBy(6.dp),
    ) {
        repeat(3) { dot ->
            val alpha by
                transition.animateFloat(
                    initialValue = 0.35f,
                    targetValue = 1f,
                    animationSpec = infiniteRepeatable(tween(600, delayMillis = dot * 150), RepeatMode.Reverse),
                )
            Box(Modifier.size(8.dp).alpha(alpha).background(MaterialTheme.colorScheme.onSurfaceVariant, CircleShape))
        }
    }
}
