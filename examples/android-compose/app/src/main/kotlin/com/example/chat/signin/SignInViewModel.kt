// What the sign-in screen shows and does.

package com.example.chat.signin

import androidx.lifecycle.ViewModel
import androidx.lifecycle.viewModelScope
import com.example.chat.account.WrongPasswordException
import com.example.chat.ui.Texts
import java.io.IOException
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch

data class SignInState(val isBusy: Boolean = false, val problem: String? = null)

/** @param signIn signs a user in by name and password. */
class SignInViewModel(private val signIn: suspend (name: String, password: String) -> Unit) : ViewModel() {
    private val published = MutableStateFlow(SignInState())

    val state: StateFlow<SignInState> = published.asStateFlow()

    fun submit(name: String, password: String) {
        if (published.value.isBusy) return
        published.value = SignInState(isBusy = true)
        viewModelScope.launch {
            val problem =
                try {
                    signIn(name.trim(), password)
                    null
                } catch (_: WrongPasswordException) {
                    Texts.WRONG_PASSWORD
                } catch (_: IOException) {
                    Texts.NO_SIGN_IN
                }
            published.value = SignInState(problem = problem)
        }
    }
}
