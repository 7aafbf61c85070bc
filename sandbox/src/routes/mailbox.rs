//! The mails that the sandbox would have sent: for programs at /sandbox/mailbox, for people at /mailbox.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::response::Html;
use serde::Serialize;

use crate::error::ApiError;
use crate::server::App;
use crate::store::otp::Mail;

const CSP: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

#[derive(Serialize)]
pub struct Mailbox {
    mails: Vec<Mail>,
}

pub async fn json(
    State(app): State<Arc<App>>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<([(HeaderName, &'static str); 1], Json<Mailbox>), ApiError> {
    let to = query.get("to").map(|to| to.trim().to_lowercase());
    let mails = app.store.mails(to.as_deref())?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(Mailbox { mails })))
}

pub async fn page(State(app): State<Arc<App>>) -> Result<([(HeaderName, &'static str); 2], Html<String>), ApiError> {
    let headers = [(CONTENT_SECURITY_POLICY, CSP), (CACHE_CONTROL, "no-store")];
    Ok((headers, Html(render(&app.store.mails(None)?))))
}

fn render(mails: &[Mail]) -> String {
    let mut rows = String::new();
    for mail in mails {
        let (to, text, sent_at) = (escaped(&mail.to), escaped(&mail.text), escaped(&mail.sent_at));
        let _ = write!(rows, "<tr><td>{sent_at}</td><td>{to}</td><td>{text}</td></tr>");
    }
    if rows.is_empty() {
        rows.push_str("<tr><td colspan=\"3\">No mail yet.</td></tr>");
    }
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Mailbox</title></head>\
         <body><h1>Mailbox</h1><table><thead><tr><th>Sent</th><th>To</th><th>Text</th></tr></thead>\
         <tbody>{rows}</tbody></table></body></html>"
    )
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
        out
    })
}
