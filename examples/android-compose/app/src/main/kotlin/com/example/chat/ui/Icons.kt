// The app's icons.

package com.example.chat.ui

import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.SolidColor
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.graphics.vector.addPathNodes
import androidx.compose.ui.unit.dp

object Icons {
    val Back = icon("Back", "M20 11H7.8l5.6-5.6L12 4l-8 8 8 8 1.4-1.4L7.8 13H20z", isMirrored = true)
    val Send = icon("Send", "M3 20.5v-6.3L13 12 3 9.8V3.5L22 12z", isMirrored = true)
    val Add = icon("Add", "M19 13h-6v6h-2v-6H5v-2h6V5h2v6h6z")
    val Offline = icon("Offline", "M11 4h2v10h-2zM11 17h2v2.5h-2z")
}

/** An icon of 24 dp. A mirrored one points to the other side in languages that are written from right to left. */
private fun icon(name: String, path: String, isMirrored: Boolean = false): ImageVector =
    ImageVector.Builder(name, 24.dp, 24.dp, 24f, 24f, autoMirror = isMirrored)
        .addPath(addPathNodes(path), fill = SolidColor(Color.Black))
        .build()
