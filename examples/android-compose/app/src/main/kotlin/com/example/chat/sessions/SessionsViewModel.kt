// What the list of conversations shows and does.

package com.example.chat.sessions

import androidx.lifecycle.ViewModel
import androidx.lifecycle.viewModelScope
import com.agenthuman.AgentHumanException
import com.example.chat.ui.Notice
import com.example.chat.ui.stopped
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch

data class SessionsState(
    val chats: List<Chat> = emptyList(),
    val isLoading: Boolean = true,
    /** The conversations that are being ended. */
    val ending: Set<String> = emptySet(),
    val notice: Notice? = null,
)

class SessionsViewModel(private val chats: Chats) : ViewModel() {
    private val published = MutableStateFlow(SessionsState())
    private var refreshing: Job? = null

    val state: StateFlow<SessionsState> = published.asStateFlow()

    /** Loads the list. What is shown stays there until it is loaded. */
    fun refresh() {
        refreshing?.cancel()
        published.update { it.copy(isLoading = true, notice = null) }
        refreshing =
            viewModelScope.launch {
                val loaded = attempt { chats.list() }
                published.update { it.copy(chats = loaded ?: it.chats, isLoading = false) }
            }
    }

    fun end(id: String) {
        published.update { it.copy(ending = it.ending + id, notice = null) }
        viewModelScope.launch {
            val ended = attempt { chats.end(id) }
            published.update { state ->
                val chats = state.chats.map { if (it.id == id && ended != null) it.copy(isOver = true) else it }
                state.copy(chats = chats, ending = state.ending - id)
            }
        }
    }

    private suspend fun <T> attempt(work: suspend () -> T): T? =
        try {
            work()
        } catch (error: AgentHumanException) {
            published.update { it.copy(notice = stopped(error)) }
            null
        }
}
