// The sign-in screen.

package com.example.chat.signin

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.text.KeyboardActions
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.autofill.ContentType
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.contentType
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.text.input.PasswordVisualTransformation
import androidx.compose.ui.tooling.preview.Preview
import androidx.compose.ui.unit.dp
import com.example.chat.ui.ChatTheme
import com.example.chat.ui.Texts

@Composable
fun SignInScreen(
    state: SignInState,
    onSubmit: (name: String, password: String) -> Unit,
    modifier: Modifier = Modifier,
) {
    var name by rememberSaveable { mutableStateOf("") }
    // A password is not saved.
    var password by remember { mutableStateOf("") }
    val canSubmit = name.isNotBlank() && password.isNotEmpty() && !state.isBusy
    Surface(modifier.fillMaxSize(), color = MaterialTheme.colorScheme.background) {
        Column(
            Modifier.safeDrawingPadding().verticalScroll(rememberScrollState()).padding(24.dp),
            verticalArrangement = Arrangement.spacedBy(16.dp, Alignment.CenterVertically),
            horizontalAlignment = Alignment.CenterHorizontally,
        ) {
            val wide = Modifier.widthIn(max = 420.dp).fillMaxWidth()
            Text(Texts.APP, wide.semantics { heading() }, style = MaterialTheme.typography.headlineLarge)
            Text(Texts.SIGN_IN_HINT, wide, style = MaterialTheme.typography.bodyLarge)
            OutlinedTextField(
                value = name,
                onValueChange = { name = it },
                modifier = wide.semantics { contentType = ContentType.Username },
                label = { Text(Texts.NAME) },
                isError = state.problem != null,
                singleLine = true,
                keyboardOptions = KeyboardOptions(autoCorrectEnabled = false, imeAction = ImeAction.Next),
            )
            OutlinedTextField(
                value = password,
                onValueChange = { password = it },
                modifier = wide.semantics { contentType = ContentType.Password },
                label = { Text(Texts.PASSWORD) },
                isError = state.problem != null,
                singleLine = true,
                visualTransformation = PasswordVisualTransformation(),
                keyboardOptions = KeyboardOptions(keyboardType = KeyboardType.Password, imeAction = ImeAction.Done),
                keyboardActions = KeyboardActions { if (canSubmit) onSubmit(name, password) },
            )
            state.problem?.let { problem ->
                val announced = wide.semantics { liveRegion = LiveRegionMode.Polite }
                Text(problem, announced, color = MaterialTheme.colorScheme.error)
            }
            Button({ onSubmit(name, password) }, wide.heightIn(min = 52.dp), enabled = canSubmit) {
                if (state.isBusy) CircularProgressIndicator(Modifier.size(24.dp)) else Text(Texts.SIGN_IN)
            }
        }
    }
}

@Preview @Composable private fun SignInPreview() = ChatTheme { SignInScreen(SignInState(), { _, _ -> }) }

@Preview
@Composable
private fun WrongPasswordPreview() = ChatTheme {
    SignInScreen(SignInState(problem = Texts.WRONG_PASSWORD), { _, _ -> })
}
