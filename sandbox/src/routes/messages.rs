//! The messages of a session. The agent replies to user messages with the replies set by a test, or with a default reply.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::ByApiKey;
use crate::error::{ApiError, ErrorBody};
use crate::request::{JsonBody, ListQuery, PathId};
use crate::store::messages::Message;
use crate::values::MessageRole;

const MAX_CONTENT: usize = 32_000;
const MAX_QUOTED: usize = 200;

#[derive(ToSchema)]
#[allow(dead_code, reason = "describes a body that is read field by field")]
pub struct NewMessage {
    #[schema(min_length = 1, max_length = 32_000)]
    content: String,
    #[schema(value_type = MessageRole, required = false)]
    role: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct MessageExchange {
    success: bool,
    message: Message,
    #[schema(required)]
    reply: Option<Message>,
}

#[derive(Serialize, ToSchema)]
pub struct MessageList {
    success: bool,
    messages: Vec<Message>,
    #[schema(required)]
    next: Option<String>,
}

/// Send a message in a session
#[utoipa::path(
    post, path = "/v1/sessions/{session_id}/messages", tag = "messages", operation_id = "messages.create",
    params(("session_id" = i64, Path)), request_body = NewMessage,
    responses(
        (status = 201, description = "The message, and the agent's reply if it is a user message", body = MessageExchange),
        (status = 404, description = "No such session", body = ErrorBody),
        (status = 409, description = "The session is completed", body = ErrorBody),
    ),
    security(("api_key" = [])), extensions(("x-evidence" = json!("named")))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    PathId(session): PathId,
    body: JsonBody,
) -> Result<(StatusCode, Json<MessageExchange>), ApiError> {
    let content = body.required_text_up_to("content", MAX_CONTENT)?;
    let role = body.optional_choice("role", MessageRole::VALUES)?.unwrap_or("user");
    let reply = || (role == "user").then(|| app.replies.take_next().unwrap_or_else(|| default_reply(&content)));
    let (message, reply) = app.store.create_message(user, session, role, &content, reply)?;
    Ok((StatusCode::CREATED, Json(MessageExchange { success: true, message, reply })))
}

/// List the messages of a session, oldest first
#[utoipa::path(
    get, path = "/v1/sessions/{session_id}/messages", tag = "messages", operation_id = "messages.list",
    params(
        ("session_id" = i64, Path),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 200),
        ("after" = Option<String>, Query, description = "The `next` of the previous page", min_length = 1),
    ),
    responses(
        (status = 200, description = "The messages", body = MessageList),
        (status = 404, description = "No such session", body = ErrorBody),
    ),
    security(("api_key" = [])), extensions(("x-evidence" = json!("named")))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    ByApiKey(user): ByApiKey,
    PathId(session): PathId,
    query: ListQuery,
) -> Result<Json<MessageList>, ApiError> {
    let page_query = query.page()?;
    let after = page_query.as_ref().map(|page| page.after_id()).transpose()?.flatten();
    let limit = page_query.map_or(100, |page| page.limit);
    let page = app.store.messages(user, session, after, limit)?.ok_or_else(|| ApiError::not_found("Session not found"))?;
    Ok(Json(MessageList { success: true, messages: page.items, next: page.next }))
}

fn default_reply(content: &str) -> String {
    let quoted: String = content.chars().take(MAX_QUOTED).collect();
    let rest = if quoted.len() < content.len() { "…" } else { "" };
    format!("You said: \"{quoted}{rest}\". I am the sandbox, so this is all I can answer.")
}
