// A circle with the first letter of a name.

package com.example.chat.ui

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.unit.dp

/** Stands beside the name, so that screen readers do not mention it, and its letter does not grow. */
@Composable
fun Portrait(name: String, modifier: Modifier = Modifier) {
    val colors = MaterialTheme.colorScheme
    Box(modifier.size(40.dp).background(colors.primary, CircleShape).clearAndSetSemantics {}, Alignment.Center) {
        val size = with(LocalDensity.current) { 18.dp.toSp() }
        Text(name.take(1).uppercase(), color = colors.onPrimary, fontSize = size, lineHeight = size)
    }
}
