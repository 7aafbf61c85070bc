// A strip above a screen's content that says what is wrong, and what the user can do.

package com.example.chat.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.ButtonDefaults
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import com.agenthuman.AgentHumanException
import com.agenthuman.ApiConnectionException
import com.agenthuman.ApiTimeoutException
import com.agenthuman.AuthenticationException
import com.agenthuman.ConflictException
import com.agenthuman.GrantExpiredException
import com.agenthuman.GrantInvalidException
import com.agenthuman.MissingCredentialException
import com.agenthuman.NotFoundException
import com.agenthuman.PermissionDeniedException
import com.agenthuman.PolicyRefusedException

/** A problem as a screen shows it. */
data class Notice(val text: String, val remedy: Remedy? = null)

/** What the user can do. Without it, the app tries again by itself. */
enum class Remedy(val label: String) {
    TryAgain(Texts.TRY_AGAIN),
    SignIn(Texts.SIGN_IN),
    StartNew(Texts.NEW_CHAT),
}

/** A problem that passes by itself. */
fun waiting(error: AgentHumanException?): Notice =
    when (error) {
        null,
        is ApiConnectionException,
        is ApiTimeoutException -> Notice(Texts.OFFLINE)
        else -> Notice(Texts.problem(error))
    }

/** A problem that needs the user. */
fun stopped(error: AgentHumanException): Notice =
    when {
        error.isOver() -> Notice(Texts.problem(error), Remedy.StartNew)
        error is AuthenticationException || error is MissingCredentialException ->
            Notice(Texts.problem(error), Remedy.SignIn)
        else -> Notice(Texts.problem(error), Remedy.TryAgain)
    }

/** Whether the session of the failed call is over, or another user's. */
fun AgentHumanException.isOver(): Boolean =
    when (this) {
        is ConflictException,
        is GrantExpiredException,
        is GrantInvalidException,
        is NotFoundException -> true
        // A policy that refuses gives its reason, and the session may go on.
        is PermissionDeniedException -> this !is PolicyRefusedException
        else -> false
    }

@Composable
fun NoticeStrip(notice: Notice, onRemedy: (Remedy) -> Unit, modifier: Modifier = Modifier) {
    val colors = MaterialTheme.colorScheme
    val isWaiting = notice.remedy == null
    Surface(
        // Screen readers read it aloud when it appears.
        modifier = modifier.fillMaxWidth().semantics { liveRegion = LiveRegionMode.Polite },
        color = if (isWaiting) colors.secondaryContainer else colors.errorContainer,
        contentColor = if (isWaiting) colors.onSecondaryContainer else colors.onErrorContainer,
    ) {
        Row(
            Modifier.heightIn(min = 48.dp).padding(horizontal = 16.dp, vertical = 4.dp),
            horizontalArrangement = Arrangement.spacedBy(12.dp),
            verticalAlignment = Alignment.CenterVertically,
        ) {
            Icon(Icons.Offline, contentDescription = null)
            Text(notice.text, Modifier.weight(1f), style = MaterialTheme.typography.bodyMedium)
            notice.remedy?.let { remedy ->
                val content = ButtonDefaults.textButtonColors(contentColor = colors.onErrorContainer)
                TextButton({ onRemedy(remedy) }, Modifier.heightIn(min = 48.dp), colors = content) {
                    Text(remedy.label)
                }
            }
        }
    }
}
