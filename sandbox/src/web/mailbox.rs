//! The mailbox page. It works without scripts; a script adds the buttons that copy a code.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Html;

use crate::app::App;
use crate::error::ApiError;
use crate::store::otp::Mail;

pub async fn page(State(app): State<Arc<App>>) -> Result<Html<String>, ApiError> {
    let mut mails = String::new();
    for mail in &app.store.mails(None)? {
        write_mail(&mut mails, mail);
    }
    if mails.is_empty() {
        mails.push_str("<p class=\"empty\">No mail yet. When you request a one-time code, it appears here.</p>");
    }
    Ok(Html(include_str!("../../web/mailbox.html").replace("{mails}", &mails)))
}

fn write_mail(out: &mut String, mail: &Mail) {
    let (to, subject, sent_at) = (escaped(&mail.to), escaped(&mail.subject), escaped(&mail.sent_at));
    let (text, code) = (escaped(&mail.text), escaped(&mail.code));
    let _ = write!(
        out,
        "<article class=\"card mail\"><header><h2>{subject}</h2><time datetime=\"{sent_at}\">{sent_at}</time></header>\
         <p class=\"muted\">To {to}</p><p class=\"code\"><code>{code}</code></p><p>{text}</p></article>"
    );
}

pub(super) fn escaped(text: &str) -> String {
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
