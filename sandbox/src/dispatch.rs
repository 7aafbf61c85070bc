//! Chooses the contract of a request, before the router.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, Uri};
use serde::de::IgnoredAny;

use crate::app::App;
use crate::body::{Kind, ReadBody};
use crate::contract::Contract;
use crate::request::is_json;

/// Prepares a request for the router. The prefix `/api` is removed, since the documentation has the API there. The contract
/// is that of the prefix `/rooms` or `/agents`, or of the header, or of the request's shape, or that of the option.
pub async fn prepare(app: &App, mut request: Request) -> Request {
    let (path, named) = {
        let path = request.uri().path();
        let path = without(path, "/api").unwrap_or(path);
        let prefixed = |contract: Contract| {
            let rest = without(path, &format!("/{}", contract.name()))?;
            Some((rest.to_owned(), Some(contract)))
        };
        Contract::ALL.into_iter().find_map(prefixed).unwrap_or_else(|| (path.to_owned(), None))
    };
    let path = match path.strip_prefix("/v1").filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        Some(rest) => {
            let contract = match named.or_else(|| Contract::of_header(request.headers())) {
                Some(contract) => Some(contract),
                None => of_shape(app, &mut request, rest).await,
            };
            match contract.unwrap_or(app.contract) {
                Contract::Agents => path,
                Contract::Rooms => format!("/rooms{path}"),
            }
        }
        None if named == Some(Contract::Rooms) && path == "/openapi.json" => "/openapi.rooms.json".to_owned(),
        None => path,
    };
    set_path(&mut request, &path);
    request
}

fn without<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    match path.strip_prefix(prefix)? {
        "" => Some("/"),
        rest => rest.starts_with('/').then_some(rest),
    }
}

fn set_path(request: &mut Request, path: &str) {
    if request.uri().path() == path {
        return;
    }
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = format!("{path}{query}").parse().ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

/// Fields of a body that only one of the contracts has.
const FIELDS: [(&str, Contract, &[&str]); 4] = [
    ("sessions", Contract::Agents, &["agent_id"]),
    ("sessions", Contract::Rooms, &["avatar", "room"]),
    ("agents", Contract::Rooms, &["voice_agent", "avatar_image_url"]),
    ("agents", Contract::Agents, &["avatar_id", "language", "custom_greeting", "context", "properties"]),
];

/// Returns the contract of a request to a path below `/v1`, if only one of them has such a request.
async fn of_shape(app: &App, request: &mut Request, rest: &str) -> Option<Contract> {
    use Contract::{Agents, Rooms};
    let segments: Vec<&str> = rest.trim_start_matches('/').split('/').collect();
    let method = request.method();
    match (&segments[..], method) {
        (["auth" | "api-keys" | "voices" | "roles", ..], _) => Some(Agents),
        (["links" | "usage" | "openclaw", ..], _) => Some(Rooms),
        (["sessions", _, "messages"] | ["agents", _, "sessions"] | ["avatars", "public" | "upload"], _) => Some(Agents),
        (["avatars", "upload-face" | "preview"], _) => Some(Rooms),
        (["avatars"], &Method::POST) => Some(Agents),
        ([resource @ ("sessions" | "agents")], &Method::POST) => of_body(app, request, resource).await,
        ([resource @ ("sessions" | "agents")], &Method::GET) => of_query(resource, request.uri().query().unwrap_or_default()),
        (["sessions", id, "end"], method) => of_id(id).or(match *method {
            Method::PUT => Some(Agents),
            Method::POST => Some(Rooms),
            _ => None,
        }),
        (["sessions" | "agents" | "avatars", id], _) => of_id(id),
        _ => None,
    }
}

/// Ids of "agents" are integers, and those of "rooms" texts with a prefix.
fn of_id(id: &str) -> Option<Contract> {
    let of_rooms = ["sess_", "agnt_", "avat_", "PUBLIC"].iter().any(|prefix| id.starts_with(prefix));
    let of_agents = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    if of_rooms { Some(Contract::Rooms) } else { of_agents.then_some(Contract::Agents) }
}

fn of_query(resource: &str, query: &str) -> Option<Contract> {
    let parameters = || query.split('&').map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")));
    let is_of_agents =
        |(name, value)| matches!((name, value), ("agent_id" | "limit" | "after", _) | ("status", "active" | "completed"));
    if parameters().any(is_of_agents) {
        return Some(Contract::Agents);
    }
    let is_of_rooms = |parameter| resource == "sessions" && matches!(parameter, ("status", "started" | "ended"));
    parameters().any(is_of_rooms).then_some(Contract::Rooms)
}

/// Reads the body, which the handler then takes from the request's extensions.
async fn of_body(app: &App, request: &mut Request, resource: &str) -> Option<Contract> {
    if !is_json(request.headers()) {
        return None;
    }
    let body = std::mem::replace(request.body_mut(), Body::empty());
    let read = app.large_bodies.read(Kind::Json, body).await;
    let contract = read.as_ref().ok().and_then(|(bytes, _)| {
        let fields: HashMap<String, IgnoredAny> = serde_json::from_slice(bytes).ok()?;
        let is_of =
            |(of, _, names): &&(&str, Contract, &[&str])| *of == resource && names.iter().any(|name| fields.contains_key(*name));
        FIELDS.iter().find(is_of).map(|(_, contract, _)| *contract)
    });
    request.extensions_mut().insert(ReadBody(read.map(|(bytes, share)| (bytes, Arc::new(share)))));
    contract
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_queries_tell_the_contract() {
        use Contract::{Agents, Rooms};
        for (id, contract) in
            [("12", Some(Agents)), ("sess_01", Some(Rooms)), ("PUBLIC%2FAvatars%2Fa", Some(Rooms)), ("x", None), ("", None)]
        {
            assert_eq!(of_id(id), contract, "{id}");
        }
        for (query, contract) in [
            ("", None),
            ("status=all", None),
            ("status=started", Some(Rooms)),
            ("status=ended", Some(Rooms)),
            ("status=active", Some(Agents)),
            ("limit=2", Some(Agents)),
        ] {
            assert_eq!(of_query("sessions", query), contract, "{query}");
        }
        assert_eq!(of_query("agents", "status=started"), None);
    }
}
