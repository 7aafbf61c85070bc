// Finds the public API of the package by reflection and writes it to target/surface.json. `cargo xtask parity` compares
// it with
// the tables.

package com.agenthuman

import com.agenthuman.support.ROOT
import com.agenthuman.support.exceptionClasses
import com.agenthuman.support.modelClasses
import com.agenthuman.support.snake
import java.io.File
import java.lang.reflect.Modifier
import kotlin.reflect.KClass
import kotlin.reflect.KFunction
import kotlin.reflect.KVisibility
import kotlin.reflect.full.declaredFunctions
import kotlin.reflect.full.declaredMemberProperties
import kotlin.reflect.full.primaryConstructor
import kotlin.reflect.full.valueParameters
import kotlin.reflect.jvm.kotlinFunction
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

internal class SurfaceTest {
    /** The operation of each method, from the table. Other methods keep their name, which the table does not have. */
    private val methods =
        (Json.parseToJsonElement(File(ROOT, "contract/operations.json").readText()) as JsonObject)
            .getValue("phone")
            .jsonObject
            .getValue("methods")
            .jsonObject
            .mapValues { it.value.jsonPrimitive.content }

    /** Parameters of the iteration, not of the operation. */
    private val ofAnyWalk = setOf("following", "every")

    private fun publicMethods(type: KClass<*>): List<KFunction<*>> {
        val ofAnyObject =
            setOf("equals", "hashCode", "toString", "close", "connectionsChanged", "resume", "conversation")
        return type.declaredFunctions.filter { it.visibility == KVisibility.PUBLIC && it.name !in ofAnyObject }
    }

    /** The parameters of a public method, with the id that a session fills in for its caller. */
    private fun operations(): Map<String, List<String>> =
        listOf(AgentHumanClient::class, Session::class, RoomSession::class)
            .flatMap { type ->
                publicMethods(type).map { method ->
                    val name = methods["${type.simpleName}.${method.name}"] ?: "${type.simpleName}.${method.name}"
                    val taken = method.valueParameters.mapNotNull { it.name }.filter { it !in ofAnyWalk }.map(::snake)
                    name to (listOfNotNull(rendered()[name]?.sessions) + taken).distinct()
                }
            }
            .toMap()

    private class Rendered(val params: List<String>) {
        /** The parameter that holds the session's id. */
        val sessions = params.firstOrNull { it == "id" || it == "session_id" }
    }

    /** Every operation as it goes to the core, by its name there. */
    private fun rendered(): Map<String, Rendered> {
        val functions = Class.forName("com.agenthuman.OperationsKt").declaredMethods.mapNotNull { it.kotlinFunction }
        return functions
            .filter { it.returnType.classifier == Operation::class }
            .associate { function ->
                val values =
                    function.valueParameters.map { parameter ->
                        when (parameter.type.classifier) {
                            Int::class -> 1
                            JsonObject::class -> NOTHING
                            SessionType::class -> SessionType.Voice
                            else -> "text"
                        }
                    }
                val operation = function.call(*values.toTypedArray()) as Operation<*>
                operation.name to Rendered(operation.params.keys.toList())
            }
    }

    /** The errors by code, with the names that their classes have in the table. */
    private fun errors(): Map<String, JsonElement> {
        val table = Json.parseToJsonElement(ROOT.resolve("contract/errors.json").readText()).jsonObject
        val kinds = table.getValue("kinds").jsonArray.map { it.jsonObject }
        val types =
            kinds.associate { kind ->
                val code = kind.getValue("code").jsonPrimitive.content
                code to exceptionOf(parameters("code" to code, "message" to "")).javaClass
            }
        val names =
            kinds.associate { types.getValue(it.getValue("code").jsonPrimitive.content) to it.getValue("class") }
        val base = mapOf<Class<*>, JsonElement>(AgentHumanException::class.java to table.getValue("base"))
        assertEquals(exceptionClasses().toSet(), names.keys + base.keys + UnknownException::class.java)
        return types.mapValues { (_, type) ->
            JsonObject(mapOf("class" to names.getValue(type), "parent" to (names + base).getValue(type.superclass)))
        }
    }

    private fun errorFields(): List<String> {
        val ofAnyException = setOf("cause")
        val public = AgentHumanException::class.declaredMemberProperties.filter { it.visibility == KVisibility.PUBLIC }
        return (public.map { it.name } - ofAnyException).map(::snake).sorted()
    }

    private fun models(): Map<String, List<String>> =
        modelClasses().associate { type ->
            type.simpleName to type.kotlin.primaryConstructor!!.valueParameters.map { snake(it.name!!) }
        }

    @Test
    fun `the public API matches the operations`() {
        val operations = operations()
        assertEquals(methods.values.toSet(), operations.keys)
        assertEquals(rendered().mapValues { it.value.params.toSet() }, operations.mapValues { it.value.toSet() })
        val surface =
            JsonObject(
                mapOf(
                    "language" to JsonPrimitive("kotlin"),
                    "operations" to lists(operations),
                    "errors" to JsonObject(errors()),
                    "error_fields" to list(errorFields()),
                    "models" to lists(models()),
                    "aliases" to JsonObject(emptyMap()),
                )
            )
        File("target/surface.json").writeText("$surface\n")
    }

    @Test
    fun `no public function accepts an API key, and generated code is internal`() {
        val constructors = AgentHumanClient::class.constructors.filter { it.visibility == KVisibility.PUBLIC }
        assertTrue(constructors.flatMap { it.valueParameters }.none { "key" in it.name!!.lowercase() })
        val native = Class.forName("com.agenthuman.internal.PhoneClient").kotlin
        assertEquals(KVisibility.INTERNAL, native.visibility)
        assertTrue(Modifier.isPublic(AgentHumanClient::class.java.modifiers))
    }

    private fun list(values: List<String>) = JsonArray(values.map(::JsonPrimitive))

    private fun lists(values: Map<String, List<String>>) = JsonObject(values.mapValues { list(it.value) })
}
