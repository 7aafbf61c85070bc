// The whole app, from the sign-in to a reply, with a backend.

package com.example.chat

import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.SkikoComposeUiTest
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isEnabled
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.performTextReplacement
import androidx.compose.ui.test.v2.runDesktopComposeUiTest
import com.example.chat.support.BACKEND
import com.example.chat.support.madeUpKey
import com.example.chat.ui.ChatTheme
import com.example.chat.ui.Texts
import java.io.File
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

@OptIn(ExperimentalTestApi::class)
internal class FlowTest {
    @TempDir lateinit var folder: File

    @Test
    fun `from the sign-in to a reply, and back`() =
        runDesktopComposeUiTest(412, 900) {
            App(BACKEND, folder, madeUpKey()).use { app ->
                setContent { ChatTheme { Screens(app) } }
                type(Texts.NAME, "alice")
                type(Texts.PASSWORD, "not hers")
                click(hasText(Texts.SIGN_IN))
                await(hasText(Texts.WRONG_PASSWORD))
                onNode(hasSetTextAction() and hasText(Texts.PASSWORD)).performTextReplacement("wonderland")
                click(hasText(Texts.SIGN_IN))

                await(hasText(Texts.NO_CHATS))
                click(hasContentDescription(Texts.NEW_CHAT))
                await(hasText(Texts.greeting("Sunny")))
                onNode(hasSetTextAction()).performTextInput("Hello!")
                click(hasContentDescription(Texts.SEND))
                await(hasText("Hello!") and isBy(Texts.YOU))
                await(isBy("Sunny"))

                click(hasContentDescription(Texts.BACK))
                click(hasText(Texts.END))
                await(hasText(Texts.ENDED))
                click(hasText("Sunny"))
                await(hasText(Texts.OVER))
                await(isBy("Sunny"))
                click(hasContentDescription(Texts.BACK))
                click(hasText(Texts.SIGN_OUT))
                await(hasText(Texts.NAME))
            }
        }

    private fun isBy(author: String) = SemanticsMatcher.expectValue(SemanticsProperties.StateDescription, author)

    private fun SkikoComposeUiTest.type(label: String, text: String) {
        val field = hasSetTextAction() and hasText(label)
        await(field)
        onNode(field).performTextInput(text)
    }

    private fun SkikoComposeUiTest.click(matcher: SemanticsMatcher) {
        await(matcher and isEnabled())
        onNode(matcher and isEnabled()).performClick()
    }

    private fun SkikoComposeUiTest.await(matcher: SemanticsMatcher) =
        waitUntil(timeoutMillis = 30_000, conditionDescription = matcher.description) {
            onAllNodes(matcher).fetchSemanticsNodes().isNotEmpty()
        }
}
