//! The static files of the folder `web`, which are compiled into the program.

use axum::extract::Path;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};

use crate::error::ApiError;

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

const FILES: &[(&str, &str, &str)] = &[
    ("icon.svg", "image/svg+xml", include_str!("../../web/icon.svg")),
    ("base.css", CSS, include_str!("../../web/base.css")),
    ("controls.css", CSS, include_str!("../../web/controls.css")),
    ("dashboard.css", CSS, include_str!("../../web/dashboard.css")),
    ("mailbox.css", CSS, include_str!("../../web/mailbox.css")),
    ("playground.css", CSS, include_str!("../../web/playground.css")),
    ("views.css", CSS, include_str!("../../web/views.css")),
    ("chart.js", JS, include_str!("../../web/chart.js")),
    ("dashboard.js", JS, include_str!("../../web/dashboard.js")),
    ("dialogs.js", JS, include_str!("../../web/dialogs.js")),
    ("dom.js", JS, include_str!("../../web/dom.js")),
    ("form.js", JS, include_str!("../../web/form.js")),
    ("http.js", JS, include_str!("../../web/http.js")),
    ("keys.js", JS, include_str!("../../web/keys.js")),
    ("mailbox.js", JS, include_str!("../../web/mailbox.js")),
    ("openapi.js", JS, include_str!("../../web/openapi.js")),
    ("playground.js", JS, include_str!("../../web/playground.js")),
    ("request.js", JS, include_str!("../../web/request.js")),
    ("requests.js", JS, include_str!("../../web/requests.js")),
    ("response.js", JS, include_str!("../../web/response.js")),
    ("rooms.js", JS, include_str!("../../web/rooms.js")),
    ("rotation.js", JS, include_str!("../../web/rotation.js")),
    ("sessions.js", JS, include_str!("../../web/sessions.js")),
    ("sign-in.js", JS, include_str!("../../web/sign-in.js")),
    ("snippets.js", JS, include_str!("../../web/snippets.js")),
    ("snippets-http.js", JS, include_str!("../../web/snippets-http.js")),
    ("snippets-sdk.js", JS, include_str!("../../web/snippets-sdk.js")),
    ("time.js", JS, include_str!("../../web/time.js")),
];

pub async fn dashboard() -> Html<&'static str> {
    Html(include_str!("../../web/dashboard.html"))
}

pub async fn playground() -> Html<&'static str> {
    Html(include_str!("../../web/playground.html"))
}

pub async fn asset(Path(name): Path<String>) -> Result<Response, ApiError> {
    let (_, content_type, text) =
        FILES.iter().find(|(file, ..)| *file == name).ok_or_else(|| ApiError::not_found("Not found"))?;
    Ok(([(CONTENT_TYPE, *content_type)], *text).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_in_the_folder_is_served() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/web");
        for entry in std::fs::read_dir(folder).expect("the folder") {
            let name = entry.expect("an entry").file_name().into_string().expect("a name");
            let served = name.ends_with(".html") || FILES.iter().any(|(file, ..)| *file == name);
            assert!(served, "{name} is not in the list");
        }
    }

    #[test]
    fn pages_comply_with_the_content_security_policy() {
        let pages = [include_str!("../../web/dashboard.html"), include_str!("../../web/playground.html")];
        let texts = pages.into_iter().chain(FILES.iter().map(|(.., text)| *text));
        for text in texts {
            for forbidden in ["https://", "style=", "<style", "onclick=", "innerHTML", "eval("] {
                let start: String = text.chars().take(60).collect();
                assert!(!text.contains(forbidden), "{forbidden} in {start}");
            }
        }
    }
}
