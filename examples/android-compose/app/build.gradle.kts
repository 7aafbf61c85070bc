plugins {
    alias(libs.plugins.android.application)
    alias(libs.plugins.compose.compiler)
}

android {
    namespace = "com.example.chat"
    compileSdk = 37

    defaultConfig {
        applicationId = "com.example.chat"
        minSdk = 26
        targetSdk = 37
        versionCode = 1
        versionName = "1.0"
        // Of the backend. Its sign-in is at /sign-in, and its relay at /agenthuman.
        buildConfigField("String", "BACKEND", "\"https://chat.example.com\"")
    }

    buildTypes {
        debug {
            // The computer, as the emulator sees it. For a device: `adb reverse tcp:8000 tcp:8000`, and http://127.0.0.1:8000.
            buildConfigField("String", "BACKEND", "\"http://10.0.2.2:8000\"")
        }
        release {
            // The package brings its own rules.
            isMinifyEnabled = true
            isShrinkResources = true
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"))
        }
    }

    buildFeatures {
        buildConfig = true
        compose = true
    }

    // What needs Android is apart, since the rest is also built for a computer.
    sourceSets["main"].kotlin.directories.add("src/android/kotlin")

    testOptions.unitTests.all { it.useJUnitPlatform() }
}

dependencies {
    implementation(libs.agenthuman)
    implementation(libs.coroutines.android)
    implementation(platform(libs.compose))
    implementation(libs.compose.foundation)
    implementation(libs.compose.material3)
    implementation(libs.compose.tooling.preview)
    implementation(libs.activity.compose)
    implementation(libs.lifecycle.runtime.compose)
    implementation(libs.lifecycle.viewmodel.compose)
    implementation(libs.navigationevent.compose)
    debugImplementation(libs.compose.tooling)

    testImplementation(libs.agenthuman.computer)
    testImplementation(libs.coroutines.swing)
    testImplementation(libs.junit)
    testRuntimeOnly(libs.junit.launcher)
}
