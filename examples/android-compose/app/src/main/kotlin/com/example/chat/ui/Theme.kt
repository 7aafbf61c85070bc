// The app's colours.

package com.example.chat.ui

import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.darkColorScheme
import androidx.compose.material3.lightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.ui.graphics.Color

private val Light =
    lightColorScheme(
        primary = Color(0xFF2F5FA8),
        onPrimary = Color(0xFFFFFFFF),
        primaryContainer = Color(0xFFD8E3FF),
        onPrimaryContainer = Color(0xFF001B3F),
        background = Color(0xFFFAF9FE),
        onBackground = Color(0xFF1A1B20),
        surface = Color(0xFFFAF9FE),
        onSurface = Color(0xFF1A1B20),
        surfaceVariant = Color(0xFFE0E2EC),
        onSurfaceVariant = Color(0xFF44474E),
        surfaceContainer = Color(0xFFEEEDF3),
        surfaceContainerHigh = Color(0xFFE8E7ED),
        secondaryContainer = Color(0xFFFFE7B8),
        onSecondaryContainer = Color(0xFF2B1D00),
        outline = Color(0xFF74777F),
        outlineVariant = Color(0xFFC4C6D0),
        error = Color(0xFFBA1A1A),
        errorContainer = Color(0xFFFFDAD6),
        onErrorContainer = Color(0xFF410002),
    )

private val Dark =
    darkColorScheme(
        primary = Color(0xFFACC7FF),
        onPrimary = Color(0xFF00305F),
        primaryContainer = Color(0xFF274A80),
        onPrimaryContainer = Color(0xFFD8E3FF),
        background = Color(0xFF121318),
        onBackground = Color(0xFFE3E2E9),
        surface = Color(0xFF121318),
        onSurface = Color(0xFFE3E2E9),
        surfaceVariant = Color(0xFF44474E),
        onSurfaceVariant = Color(0xFFC4C6D0),
        surfaceContainer = Color(0xFF1E1F25),
        surfaceContainerHigh = Color(0xFF292A2F),
        secondaryContainer = Color(0xFF5A4413),
        onSecondaryContainer = Color(0xFFFFE7B8),
        outline = Color(0xFF8E9099),
        outlineVariant = Color(0xFF44474E),
        error = Color(0xFFFFB4AB),
        errorContainer = Color(0xFF93000A),
        onErrorContainer = Color(0xFFFFDAD6),
    )

@Composable
fun ChatTheme(isDark: Boolean = isSystemInDarkTheme(), content: @Composable () -> Unit) =
    MaterialTheme(colorScheme = if (isDark) Dark else Light, content = content)
