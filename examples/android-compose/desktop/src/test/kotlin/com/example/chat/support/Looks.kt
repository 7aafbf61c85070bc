// Ways in which a screen is drawn, and what is true of each.

package com.example.chat.support

import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.geometry.Rect
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.asSkiaBitmap
import androidx.compose.ui.graphics.luminance
import androidx.compose.ui.graphics.toPixelMap
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.SkikoComposeUiTest
import androidx.compose.ui.test.captureToImage
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isRoot
import androidx.compose.ui.test.v2.runDesktopComposeUiTest
import androidx.compose.ui.text.TextLayoutResult
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.LayoutDirection
import com.example.chat.ui.ChatTheme
import java.io.File
import org.jetbrains.skia.Image
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue

enum class Look(
    val isDark: Boolean = false,
    val letters: Float = 1f,
    val direction: LayoutDirection = LayoutDirection.Ltr,
) {
    Light,
    Dark(isDark = true),
    LargeLetters(letters = 2f),
    RightToLeft(direction = LayoutDirection.Rtl),
}

private const val WIDTH = 412
private const val HEIGHT = 900

/** The smallest size of what can be touched, in pixels, which are those of a screen with a density of 1. */
private const val TARGET = 48f

/** The contrast of text that WCAG 2.1 wants at level AA. */
private const val CONTRAST = 4.5

/** Draws a screen of a phone, writes its picture, and checks it. */
@OptIn(ExperimentalTestApi::class)
fun drawn(
    name: String,
    look: Look,
    screen: @Composable () -> Unit,
    vararg texts: String,
    checks: SkikoComposeUiTest.() -> Unit = {},
) =
    runDesktopComposeUiTest(WIDTH, HEIGHT) {
        setContent {
            CompositionLocalProvider(
                LocalDensity provides Density(1f, look.letters),
                LocalLayoutDirection provides look.direction,
            ) {
                ChatTheme(look.isDark) { screen() }
            }
        }
        waitForIdle()
        val picture = onNode(isRoot()).captureToImage()
        save(picture, "$name-${look.name.lowercase()}")
        for (text in texts) {
            val said = hasText(text, substring = true) or hasContentDescription(text)
            val found = onAllNodes(said, useUnmergedTree = true).fetchSemanticsNodes()
            assertTrue(found.isNotEmpty(), "the screen does not say: $text")
        }
        val nodes = onAllNodes(anything, useUnmergedTree = true).fetchSemanticsNodes()
        nodes.forEach { assertTexts(it, picture) }
        onAllNodes(anything)
            .fetchSemanticsNodes()
            .filter { SemanticsActions.OnClick in it.config }
            .forEach(::assertTouchable)
        checks()
    }

private val anything = SemanticsMatcher("anything") { true }

private fun save(picture: ImageBitmap, name: String) {
    assertEquals(WIDTH to HEIGHT, picture.width to picture.height)
    val folder = File(System.getProperty("pictures")).apply { mkdirs() }
    File(folder, "$name.png").writeBytes(Image.makeFromBitmap(picture.asSkiaBitmap()).encodeToData()!!.bytes)
}

/** Text is neither cut off nor hard to read. */
private fun assertTexts(node: SemanticsNode, picture: ImageBitmap) {
    val layout = node.textLayout() ?: return
    val text = layout.layoutInput.text.text
    if (text.isEmpty()) return
    val lines = 0 until layout.lineCount
    val isWhole = lines.none { layout.isLineEllipsized(it) } && !layout.multiParagraph.didExceedMaxLines
    val isInside = lines.all { layout.getLineRight(it) - layout.getLineLeft(it) <= layout.size.width + 1 }
    assertTrue(isWhole && isInside, "cut off: $text")
    val bounds = node.boundsInRoot
    assertTrue(
        bounds.height >= layout.size.height - 1 && bounds.width >= layout.size.width - 1,
        "hidden in part: $text",
    )
    val isDisabled = generateSequence(node) { it.parent }.any { SemanticsProperties.Disabled in it.config }
    if (isDisabled) return
    val contrast = contrast(layout.layoutInput.style.color, background(picture, bounds))
    assertTrue(contrast >= CONTRAST, "a contrast of $contrast: $text")
}

private fun SemanticsNode.textLayout(): TextLayoutResult? {
    val found = mutableListOf<TextLayoutResult>()
    config.getOrNull(SemanticsActions.GetTextLayoutResult)?.action?.invoke(found)
    return found.firstOrNull()
}

/** The colour that most of the pixels have. */
private fun background(picture: ImageBitmap, bounds: Rect): Color {
    val pixels = picture.toPixelMap()
    val columns = bounds.left.toInt().coerceAtLeast(0) until bounds.right.toInt().coerceAtMost(picture.width)
    val rows = bounds.top.toInt().coerceAtLeast(0) until bounds.bottom.toInt().coerceAtMost(picture.height)
    val colors = rows.flatMap { y -> columns.map { x -> pixels[x, y] } }
    return colors.groupingBy { it }.eachCount().maxBy { it.value }.key
}

private fun contrast(one: Color, other: Color): Double {
    val (low, high) = listOf(one.luminance(), other.luminance()).sorted()
    return (high + 0.05) / (low + 0.05)
}

/** A finger finds it, and a screen reader has a name for it. */
private fun assertTouchable(node: SemanticsNode) {
    val texts = node.config.getOrNull(SemanticsProperties.Text).orEmpty().map { it.text }
    val names = texts + node.config.getOrNull(SemanticsProperties.ContentDescription).orEmpty()
    assertTrue(
        names.any { it.isNotBlank() } || SemanticsActions.SetText in node.config,
        "no name: ${node.boundsInRoot}",
    )
    val area = node.touchBoundsInRoot
    assertTrue(area.width >= TARGET && area.height >= TARGET, "too small to touch: $names, $area")
}
