buildscript {
    repositories { mavenCentral() }
    dependencies {
        // The Android Gradle plugin comes with an older Kotlin.
        classpath(libs.kotlin.gradle)
    }
}

plugins {
    alias(libs.plugins.android.application) apply false
    alias(libs.plugins.compose.compiler) apply false
}
