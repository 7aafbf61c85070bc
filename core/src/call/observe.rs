//! Reports a call's events to the client's hooks. A client without hooks builds no event.

use super::Run;
use crate::Secret;
use crate::error::{Attempt, Kind};
use crate::hooks::{EventHeaders, Hook, RateLimitWait, RequestEvent, ResponseEvent, RetryEvent};
use crate::redact::{masked, redacted};
use crate::transport::RequestBody;
use crate::transport::gate::Delay;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// Parts of the names of headers that users add for other systems, and whose values are secrets.
const SECRET_NAMES: [&str; 8] = ["auth", "cookie", "credential", "key", "password", "secret", "signature", "token"];

/// Whether the value of a header is a secret.
pub(super) fn is_secret_header(name: &HeaderName, value: &HeaderValue) -> bool {
    value.is_sensitive() || SECRET_NAMES.iter().any(|part| name.as_str().contains(part))
}

impl Run<'_> {
    pub(super) fn report_request(&self, request: &http::Request<RequestBody>) {
        self.report("on_request", &self.client.settings.hooks.on_request, || RequestEvent {
            operation: self.operation.name,
            attempt: self.progress().number,
            method: self.operation.method.as_str(),
            path: self.shown_path(),
            headers: self.shown_headers(request.headers(), &[]),
        });
    }

    /// Keeps the headers of a response until its body has been read.
    pub(super) fn keep_headers(&self, headers: &HeaderMap, secrets: &[Secret]) {
        if self.client.settings.hooks.on_response.is_set() {
            let headers = self.shown_headers(headers, secrets);
            self.progress().response_headers = headers;
        }
    }

    pub(super) fn report_response(&self, attempt: &Attempt, request_id: Option<&str>) {
        self.report("on_response", &self.client.settings.hooks.on_response, || {
            let (number, headers) = {
                let mut progress = self.progress();
                (progress.number, std::mem::take(&mut progress.response_headers))
            };
            ResponseEvent {
                operation: self.operation.name,
                attempt: number,
                method: self.operation.method.as_str(),
                path: self.shown_path(),
                status: attempt.status,
                code: attempt.code,
                duration_ms: attempt.duration_ms,
                request_id: request_id.map(ToOwned::to_owned),
                headers,
            }
        });
    }

    pub(super) fn report_retry(&self, status: Option<u16>, reason: Kind, delay: Duration) {
        self.report("on_retry", &self.client.settings.hooks.on_retry, || RetryEvent {
            operation: self.operation.name,
            attempt: self.progress().number,
            method: self.operation.method.as_str(),
            path: self.shown_path(),
            status,
            reason,
            delay_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
        });
    }

    pub(super) fn report_wait(&self, Delay { wait, queued, is_first }: Delay) {
        let hook = &self.client.settings.hooks.on_wait;
        if !is_first && !hook.is_set() {
            return;
        }
        let wait = RateLimitWait {
            operation: self.operation.name,
            attempt: self.progress().number + 1,
            method: self.operation.method.as_str(),
            path: self.shown_path(),
            phase: "rate_limit",
            seconds: wait.as_secs_f64(),
            queued,
        };
        if is_first {
            tracing::warn!(operation = wait.operation, seconds = wait.seconds, queued, "{wait}");
            if let Some(host) = &self.host {
                host.warn(format!("{}: {wait}", wait.operation));
            }
        }
        self.report("on_wait", hook, || wait);
    }

    fn report<E: Serialize>(&self, name: &'static str, hook: &Hook<E>, event: impl FnOnce() -> E) {
        match hook {
            Hook::None => {}
            Hook::Function(function) => {
                let event = event();
                // The panic hook has reported the panic, and the call continues.
                let _ = std::panic::catch_unwind(AssertUnwindSafe(|| function(&event)));
            }
            Hook::Host => {
                if let Some(host) = &self.host {
                    // Text and numbers can always be serialized.
                    host.event(name, serde_json::to_string(&event()).unwrap_or_default());
                }
            }
        }
    }

    fn shown_path(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        redacted(path, self.secrets.iter().map(Secret::expose))
    }

    fn shown_headers(&self, headers: &HeaderMap, secrets: &[Secret]) -> EventHeaders {
        let mut shown = EventHeaders::new();
        for (name, value) in headers {
            let text = String::from_utf8_lossy(value.as_bytes());
            let text = if is_secret_header(name, value) {
                masked(&text)
            } else {
                redacted(&text, self.secrets.iter().chain(secrets).map(Secret::expose))
            };
            // A name may occur twice, and then the values are joined as HTTP allows.
            shown.entry(name.to_string()).and_modify(|all: &mut String| all.extend([", ", &text])).or_insert(text.clone());
        }
        shown
    }
}
