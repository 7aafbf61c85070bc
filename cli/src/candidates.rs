//! Completion in a shell: the response to the script of `agenthuman completions`, and ids from the service.

use crate::client;
use crate::credentials;
use crate::failure::Failure;
use crate::global::Global;
use crate::output::plain;
use agenthuman::environment::COMPLETE;
use agenthuman::host::{Body, HostClient, Items, Reply, Step};
use agenthuman::operations::resources;
use agenthuman::table::{CredentialKind, Operation, Param, Rule, Surface};
use clap::FromArgMatches;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::CompleteEnv;
use serde_json::Value;
use std::sync::OnceLock;
use std::time::Duration;

/// The time that a completion may take.
const TIMEOUT: Duration = Duration::from_secs(1);

/// The options on the command line that is completed.
static GLOBAL: OnceLock<Global> = OnceLock::new();

/// Responds to a completion script, and exits, if one started this process.
pub fn complete(command: fn() -> clap::Command) {
    if std::env::var_os(COMPLETE.name).is_none() {
        return;
    }
    let words = std::env::args_os().skip_while(|word| word != "--").skip(1);
    // The line is not complete, so what clap cannot parse of it is left out.
    if let Ok(matches) = command().ignore_errors(true).try_get_matches_from(words)
        && let Ok(global) = Global::from_arg_matches(&matches)
    {
        let _ = GLOBAL.set(global);
    }
    CompleteEnv::with_factory(command).var(COMPLETE.name).complete();
}

/// The ids of a resource's first page, such as those of `agents` for `agent_id`, if the parameter is one.
pub fn ids(operation: &'static Operation, param: &Param) -> Option<ArgValueCandidates> {
    match param.rule {
        Rule::Id(_) => (),
        Rule::Avatar => return Some(ids_in(operation.surface, "avatars".to_owned())),
        _ => return None,
    }
    let own = operation.name.split_once('.').map(|(resource, _)| resource.to_owned());
    let named = param.name.strip_suffix("_id").map(|noun| format!("{noun}s"));
    named.or(own).map(|resource| ids_in(operation.surface, resource))
}

/// The ids of a resource's first page, if it has a list that needs no parameter.
pub fn ids_of(resource: &str) -> ArgValueCandidates {
    ids_in(Surface::Server, resource.to_owned())
}

fn ids_in(surface: Surface, resource: String) -> ArgValueCandidates {
    // A shell shows no errors during a completion: there are no values then.
    ArgValueCandidates::new(move || listed(surface, &resource).unwrap_or_default())
}

fn listed(surface: Surface, resource: &str) -> Option<Vec<CompletionCandidate>> {
    let operations = resources(surface).iter().find(|known| known.name == resource)?.operations;
    let list = operations
        .iter()
        .copied()
        .find(|operation| operation.name.ends_with(".list") && operation.all_params().all(|param| !param.required))?;
    let mut global = GLOBAL.get()?.clone();
    global.select_profile().ok()?;
    global.timeout = Some(TIMEOUT);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let items = runtime.block_on(async { tokio::time::timeout(TIMEOUT, items(&global, list)).await }).ok()?.ok()??;
    let items = (0..items.len()).filter_map(|index| serde_json::from_str::<Value>(&items.json(index)).ok());
    Some(items.flat_map(with_ids).filter_map(|item| candidate(&item)).collect())
}

/// Returns an object that has an id, or the objects in the lists of one that has none, such as the avatars of rooms.
fn with_ids(item: Value) -> Vec<Value> {
    match item {
        Value::Object(fields) if !fields.contains_key("id") => {
            fields.into_iter().flat_map(|(_, field)| if let Value::Array(items) = field { items } else { Vec::new() }).collect()
        }
        item => vec![item],
    }
}

fn candidate(item: &Value) -> Option<CompletionCandidate> {
    let text = |name: &str| item[name].as_str();
    let help = text("name").or_else(|| text("status"));
    Some(CompletionCandidate::new(plain(text("id")?)).help(help.map(|help| plain(help).into())))
}

async fn items(global: &Global, list: &'static Operation) -> Result<Option<Items>, Failure> {
    // The command that prints the key may prompt for a password.
    if list.auth.0.contains(&CredentialKind::ApiKey) && credentials::key_is_of_command(global)? {
        return Ok(None);
    }
    let Some(client) = client::of_operation(global, list).await? else { return Ok(None) };
    let client = HostClient::from(client.max_retries(0).max_rate_limit_wait(Duration::ZERO).build()?);
    match client.call(list.name, "{}", "{}").step().await {
        Step::Done(Ok(Reply { body: Body::Items(items), .. })) => Ok(Some(items)),
        Step::Done(_) | Step::Question(_) => Ok(None),
    }
}
