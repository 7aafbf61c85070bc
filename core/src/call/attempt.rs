//! One attempt: sending the request and reading its response.

use super::exchange::{Head, NoHead};
use super::options::REQUEST_ID_HEADER;
use super::progress::MOST_ATTEMPTS;
use super::{AttemptOutcome, RequestAuth, Run};
use crate::Secret;
use crate::answer::{Refusal, Reply, decode};
use crate::credentials::{Credential, after_rejection};
use crate::error::{Advice, Attempt, Error, Kind};
use crate::redact::beginning;
use crate::table::{CredentialKind, Outgoing};
use crate::transport::gate::Permit;
use crate::transport::limit::RateLimit;
use crate::transport::retry::Failure;
use crate::transport::upload::Form;
use crate::transport::{Begun, BodyFault, decoded};
use tokio::time::Instant;

/// The maximum length of a request id, in bytes.
const LONGEST_REQUEST_ID: usize = 200;

impl Run<'_> {
    pub(super) async fn attempt(
        &self,
        request: &Outgoing,
        auth: RequestAuth<'_>,
        upload: Option<Form>,
        permit: Permit<'_>,
    ) -> AttemptOutcome {
        let began = Instant::now();
        {
            let mut progress = self.progress();
            progress.trying_since = Some(began);
            #[cfg(feature = "server")]
            {
                progress.number += 1;
            }
        }
        let answered = self.send(request, auth, upload, permit).await;
        let (status, code) = match &answered {
            AttemptOutcome::Done(reply) => (Some(reply.status), None),
            AttemptOutcome::Failed { error, failure, .. } => (failure.status, Some(error.kind())),
        };
        let attempt = Attempt::since(began, status, code);
        tracing::debug!(
            method = self.operation.method.as_str(),
            path = self.client.route(self.operation),
            status,
            error = code.map(Kind::code),
            duration_ms = attempt.duration_ms,
            "attempt"
        );
        let request_id = match &answered {
            AttemptOutcome::Done(reply) => reply.request_id.as_deref(),
            AttemptOutcome::Failed { error, .. } => error.info().request_id.as_deref(),
        };
        self.report_response(&attempt, request_id);
        let mut progress = self.progress();
        if progress.attempts.len() == MOST_ATTEMPTS {
            progress.attempts.remove(0);
        }
        progress.attempts.push(attempt);
        progress.trying_since = None;
        drop(progress);
        match answered {
            AttemptOutcome::Done(reply) => AttemptOutcome::Done(Reply { attempts: self.progress().attempts.clone(), ..reply }),
            failed @ AttemptOutcome::Failed { .. } => failed,
        }
    }

    async fn send(
        &self,
        request: &Outgoing,
        auth: RequestAuth<'_>,
        upload: Option<Form>,
        mut permit: Permit<'_>,
    ) -> AttemptOutcome {
        let mut tape = self.tape(request, auth, upload.as_ref());
        let request = match self.request(request, auth, upload) {
            Ok(request) => request,
            Err(error) => return Self::without_response(error, true),
        };
        self.report_request(&request);
        let head = match &mut tape {
            Some(tape) => tape.exchange(request).await,
            None => self.exchange(request).await,
        };
        let Head { status, mut headers, content } = match head {
            Ok(head) => head,
            Err(NoHead { error, unsent }) => return Self::without_response(error, unsent),
        };
        let limit = RateLimit::read(status, &headers);
        permit.answered(status, &limit);
        let secrets = self.shown_secrets(auth);
        let exposed: Vec<&str> = secrets.iter().map(Secret::expose).collect();
        let request_id = headers.get(REQUEST_ID_HEADER).and_then(|id| id.to_str().ok());
        let request_id = request_id.map(|id| beginning(id, LONGEST_REQUEST_ID, &exposed));
        // A sign-in's cookie is a credential, and this client keeps none.
        headers.remove(http::header::SET_COOKIE);
        self.keep_headers(&headers, &secrets);
        self.enter("read");
        self.deadline.progressed();
        let cap = self.client.settings.max_response_bytes;
        let body = content.read(cap).await.and_then(|body| decoded(&mut headers, body, cap));
        if let Some(tape) = tape {
            tape.answered(status, &headers, &body);
        }
        let answer = match body {
            Ok((body, unsupported)) => decode(self.operation, status, body).map_err(|refusal| match (refusal, unsupported) {
                (Refusal::Unreadable { .. }, Some(coding)) => Refusal::Encoded(not_requested(&coding)),
                (refusal, _) => refusal,
            }),
            Err(BodyFault::TooLarge(read)) => {
                Err(Refusal::Unreadable { why: format!("is larger than {cap} bytes (max_response_bytes)"), text: read })
            }
            Err(BodyFault::CutShort(read)) => Err(Refusal::Unreadable {
                why: "is incomplete: the connection closed before the end of the body".into(),
                text: read,
            }),
            Err(BodyFault::Damaged(why)) => Err(Refusal::Encoded(why)),
        };
        let refusal = match answer {
            Ok((body, next)) => {
                return AttemptOutcome::Done(Reply { body, next, status, headers, request_id, attempts: Vec::new() });
            }
            Err(refusal) => refusal,
        };
        self.progress().outcome_unknown = refusal.outcome_unknown(self.operation.surface);
        let (mut error, has_code) = refusal.error(self.operation.surface, status, &secrets, &limit);
        let sent = auth.credential.map(Credential::kind);
        let info = error.info_mut();
        if info.advice != Advice::OfService
            && let Some(advice) = after_rejection(info.kind, sent)
        {
            info.suggestion = Some(advice.to_owned());
        }
        info.status = Some(status);
        info.request_id = request_id;
        let wait = limit.wait();
        let by_limit = limit.is_refusal() && error.kind() == Kind::RateLimited && !has_code;
        if by_limit {
            // It certainly did nothing.
            self.progress().begun = Begun::default();
            if limit.remaining.is_none()
                && let Some(wait) = wait.filter(|wait| !wait.is_zero())
            {
                permit.gate().close(wait);
            }
        }
        AttemptOutcome::Failed {
            failure: Failure { kind: error.kind(), status: Some(status), unsent: false, has_code, by_limit },
            error,
            wait,
        }
    }

    /// The outcome of an attempt without a response.
    fn without_response(error: Error, unsent: bool) -> AttemptOutcome {
        let failure = Failure { kind: error.kind(), status: None, unsent, has_code: false, by_limit: false };
        AttemptOutcome::Failed { error, failure, wait: None }
    }

    pub(super) fn shown_secrets(&self, auth: RequestAuth<'_>) -> Vec<Secret> {
        let credential = auth
            .credential
            .filter(|credential| credential.kind() == CredentialKind::Token)
            .map(|credential| Secret::new(credential.expose()));
        let grant = auth.grant.map(|grant| grant.text.clone());
        self.secrets.iter().cloned().chain(credential).chain(grant).collect()
    }
}

fn not_requested(coding: &str) -> String {
    format!("the response has the content encoding {coding}, which was not requested and is not supported")
}
