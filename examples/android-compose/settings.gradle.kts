pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositoriesMode = RepositoriesMode.FAIL_ON_PROJECT_REPOS
    repositories {
        // Where `cargo xtask kotlin aar NATIVES examples/android-compose/repository` puts the package for Android, and Maven's
        // folder, where `cargo xtask kotlin jar` puts that of this computer for the tests. No other place is asked for them.
        exclusiveContent {
            forRepositories(maven { url = uri("repository") }, mavenLocal())
            filter { includeGroup("com.agenthuman") }
        }
        google()
        mavenCentral()
    }
}

rootProject.name = "chat"
include(":app")
