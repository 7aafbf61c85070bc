//! Sessions that their caller ends in any case: opening one, finding one whose response was lost, and waiting for the end of one.

use crate::answer::Reply;
use crate::call::CallOptions;
use crate::cassette::Cassette;
use crate::client::Client;
use crate::error::{Error, Kind, Result};
use crate::mock;
use crate::operations::rooms::sessions::{CREATE, END, ENDED, GET, LIST, ListSessions, MARK, OPEN, Session, WAIT_UNTIL_ENDED};
use crate::operations::rooms::usage::{self, AccountUsage};
use crate::places::Place;
use crate::question::HostChannel;
use crate::runtime::linger;
use crate::table::{Operation, Params};
use crate::values::random_id;
use serde_json::{Value, json};
use std::time::Duration;

/// The longest waits that are possible, and the defaults.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);
const EVERY: Duration = Duration::from_secs(5);

/// The pause before the look for a session after a cancelled call, whose request the service may still be processing.
const SETTLES: Duration = Duration::from_secs(1);

/// Opens a session. Waits for a place first, if the client has places.
pub(crate) async fn open(client: &Client, mut params: Params, options: CallOptions, host: Option<HostChannel>) -> Result<Reply> {
    let inner = client.inner();
    check(&OPEN, &params)?;
    let max_wait = seconds(&params, "max_wait").unwrap_or(LONGEST_WAIT);
    if mock::is_mock(inner) {
        return mock::respond(inner, &OPEN, mock::call_params(&OPEN, &params), &options.to_json(), host.as_ref()).await;
    }
    params.values.shift_remove("max_wait");
    let is_marked = params.values.shift_remove("mark") != Some(Value::Bool(false));
    let place = match &inner.settings.places {
        None => None,
        Some(places) => {
            let of_plan = concurrency(client, options.clone(), host.clone());
            Some(places.take(max_wait, of_plan).await.map_err(|error| error.operation(OPEN.name))?)
        }
    };
    let replayed = inner.cassette().and_then(Cassette::made_up_text);
    let mark = is_marked.then(|| replayed.map_or_else(random_id, str::to_owned));
    if let Some(mark) = &mark {
        let metadata = params.values.entry("metadata").or_insert(Value::Null);
        if metadata.is_null() {
            *metadata = json!({});
        }
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert(MARK.to_owned(), mark.as_str().into());
        }
    }
    let mut unanswered = Unanswered { client: client.clone(), mark, host };
    let outcome = client.call(&CREATE, params, options.clone(), unanswered.host.clone()).await;
    let mark = unanswered.mark.take();
    match (outcome, mark) {
        (Ok(reply), _) => {
            keep(client, &reply, place);
            Ok(reply)
        }
        (Err(error), Some(mark)) if error.info().outcome_unknown => {
            Err(looked(error, sweep(client, &mark, options, unanswered.host.clone()).await).operation(OPEN.name))
        }
        (Err(error), _) => Err(error.operation(OPEN.name)),
    }
}

/// Waits until a session has ended.
pub(crate) async fn wait_until_ended(
    client: &Client,
    params: Params,
    options: CallOptions,
    host: Option<HostChannel>,
) -> Result<Reply> {
    let inner = client.inner();
    check(&WAIT_UNTIL_ENDED, &params)?;
    let every = seconds(&params, "every").unwrap_or(EVERY);
    let max_wait = seconds(&params, "max_wait").unwrap_or(LONGEST_WAIT);
    if mock::is_mock(inner) {
        let values = mock::call_params(&WAIT_UNTIL_ENDED, &params);
        return mock::respond(inner, &WAIT_UNTIL_ENDED, values, &options.to_json(), host.as_ref()).await;
    }
    let id: String = params.values.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let until_ended = async {
        loop {
            let get = Params::default().with_path("id", id.clone());
            let reply = client.call(&GET, get, options.clone(), host.clone()).await?;
            if is_ended(&reply) {
                return Ok(reply);
            }
            inner.pause(every).await;
        }
    };
    match tokio::time::timeout(max_wait, until_ended).await {
        Ok(outcome) => outcome.map_err(|error: Error| error.operation(WAIT_UNTIL_ENDED.name)),
        Err(_) => {
            let why = format!("the session did not end within {} s", max_wait.as_secs_f64());
            Err(Error::new(Kind::Timeout, why).phase("wait").operation(WAIT_UNTIL_ENDED.name))
        }
    }
}

/// An open session that its caller has not taken over yet. Dropping this ends the session in the background.
#[derive(Debug)]
pub(crate) struct Unclaimed {
    client: Client,
    id: Option<String>,
}

impl Unclaimed {
    pub fn new(client: &Client, id: String) -> Unclaimed {
        Unclaimed { client: client.clone(), id: Some(id) }
    }

    /// Its caller has taken over the session, and ends it.
    pub fn claim(mut self) {
        self.id = None;
    }
}

impl Drop for Unclaimed {
    fn drop(&mut self) {
        let Some(id) = self.id.take() else { return };
        let (client, params) = (self.client.reopened(), Params::default().with_path("id", id));
        linger(async move { drop(client.call(&END, params, CallOptions::default(), None).await) });
    }
}

/// Checks the parameters.
fn check(operation: &Operation, params: &Params) -> Result<()> {
    operation.prepare(Params { values: params.values.clone(), file: None }, "/{id}").map(drop)
}

/// Returns a parameter that has been checked.
fn seconds(params: &Params, name: &str) -> Option<Duration> {
    params.values.get(name).and_then(Value::as_f64).map(Duration::from_secs_f64)
}

async fn concurrency(client: &Client, options: CallOptions, host: Option<HostChannel>) -> Result<Option<i64>> {
    let usage: AccountUsage = client.call(&usage::GET, Params::default(), options, host).await?.items()?.parse()?;
    Ok(usage.concurrency.and_then(|concurrency| concurrency.max))
}

fn keep(client: &Client, reply: &Reply, place: Option<Place>) {
    if let (Some(places), Some(place), Some(id)) = (&client.inner().settings.places, place, reply.text("id")) {
        places.keep(id, place);
    }
}

fn is_ended(reply: &Reply) -> bool {
    reply.text("status").as_deref() == Some(ENDED)
}

/// Ends the sessions with this mark, and returns their ids. Looks once.
async fn sweep(client: &Client, mark: &str, options: CallOptions, host: Option<HostChannel>) -> Result<Vec<String>> {
    let started = ListSessions { status: Some("started".to_owned()) };
    let sessions: Vec<Session> = client.call(&LIST, started, options.clone(), host.clone()).await?.items()?.parse_all()?;
    let is_ours = |session: &Session| {
        session.metadata.as_ref().and_then(|metadata| metadata.get(MARK)).and_then(Value::as_str) == Some(mark)
    };
    let mut ended = Vec::new();
    for session in sessions.into_iter().filter(is_ours) {
        let params = Params::default().with_path("id", session.id.clone());
        client.call(&END, params, options.clone(), host.clone()).await?;
        ended.push(session.id.into());
    }
    Ok(ended)
}

/// Adds to an error after which a session may be open what the look for it found.
fn looked(mut error: Error, found: Result<Vec<String>>) -> Error {
    let info = error.info_mut();
    let what = match &found {
        Ok(ended) if ended.is_empty() => "a look at the open sessions did not find the session",
        Ok(_) => "the session that it opened was found and ended",
        Err(_) => "the look at the open sessions failed, so a session may be open",
    };
    info.message = format!("{}; {what}", info.message);
    if let Ok(ended) = found
        && !ended.is_empty()
    {
        info.outcome_unknown = false;
        info.suggestion = Some("Try again: nothing is left of this call.".to_owned());
        info.details = Some(json!({ "ended": ended }));
    }
    error
}

/// A call that opens a session and has no response yet. If it is dropped, a look for the session follows in the background.
struct Unanswered {
    client: Client,
    mark: Option<String>,
    host: Option<HostChannel>,
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        let Some(mark) = self.mark.take() else { return };
        let client = self.client.reopened();
        linger(async move {
            client.inner().pause(SETTLES).await;
            // Nobody is left to receive an error.
            let _ = sweep(&client, &mark, CallOptions::default(), None).await;
        });
    }
}
