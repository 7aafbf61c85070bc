// A chat on the command line, through a backend's relay. Sends its arguments, or your input with --ask, and prints one line
// of JSON at the end.
//
// Reads AGENTHUMAN_BACKEND, the relay's URL, and AGENTHUMAN_APP_TOKEN, the app's own token of its user.
// `agenthuman relay --demo` starts a relay.

import com.agenthuman.AgentHumanClient
import com.agenthuman.AgentHumanException
import com.agenthuman.Session
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

fun main(arguments: Array<String>): Unit = runBlocking {
    val backend = System.getenv("AGENTHUMAN_BACKEND") ?: "http://127.0.0.1:8788"
    val token = System.getenv("AGENTHUMAN_APP_TOKEN") ?: "demo-alice"
    val lines = when {
        "--ask" in arguments -> generateSequence { print("> "); readlnOrNull() }
        arguments.isEmpty() -> sequenceOf("Hello!", "What can you do?")
        else -> arguments.asSequence()
    }
    AgentHumanClient(backend) { token }.use { client ->
        val session = client.openSession()
        println("session ${session.id} with ${session.info.agentName ?: "an agent"}")
        val isAnswered = converse(session, lines.filter { it.isNotBlank() })
        val messages = session.messages().toList()
        val ended = session.end()
        val outcome = buildJsonObject {
            put("language", "Kotlin")
            put("session_status", ended.status.value)
            put("messages", messages.size)
            put("reply", isAnswered)
            put("error", refusal(client))
        }
        println(outcome)
    }
}

/** Sends each line, and returns whether each got a reply. */
suspend fun converse(session: Session, lines: Sequence<String>): Boolean {
    var isAnswered = true
    for (line in lines) {
        val (message, reply) = session.send(line)
        println("> ${message.content}\n< ${reply?.content ?: "(no reply)"}")
        isAnswered = isAnswered && reply != null
    }
    return isAnswered
}

/** Returns the code of the error for an unknown agent. */
suspend fun refusal(client: AgentHumanClient): String? =
    try {
        client.openSession(agentId = "999999").id
        null
    } catch (refused: AgentHumanException) {
        println("an unknown agent is rejected: ${refused.message}")
        refused.code
    }
