// The compiled classes of the package.

package com.agenthuman.support

import com.agenthuman.AgentHumanClient
import com.agenthuman.AgentHumanException
import java.io.File

private val classes: List<Class<*>> by lazy {
    val folder = File(AgentHumanClient::class.java.protectionDomain.codeSource.location.toURI())
    File(folder, "com/agenthuman")
        .listFiles { file -> file.extension == "class" }
        .orEmpty()
        .map { Class.forName("com.agenthuman.${it.nameWithoutExtension}") }
        .sortedBy { it.name }
}

internal fun exceptionClasses(): List<Class<*>> =
    classes.filter { AgentHumanException::class.java.isAssignableFrom(it) }

/** The data classes with a field for unknown fields. */
internal fun modelClasses(): List<Class<*>> =
    classes.filter { type -> type.kotlin.isData && type.declaredFields.any { it.name == "extra" } }

internal fun camel(name: String): String = name.replace(Regex("_([a-z])")) { it.groupValues[1].uppercase() }

internal fun snake(name: String): String = name.replace(Regex("[A-Z]")) { "_${it.value.lowercase()}" }
