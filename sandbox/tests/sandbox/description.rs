//! Compares the sandbox's OpenAPI document with the contract, with references resolved: paths, methods, parameters,
//! statuses, bodies, credentials and evidence marks. Descriptions and schema names are ignored.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::api::{Api, As};
use crate::contract::{self, operations_of};

/// A contract, the document of the sandbox that describes it, and their intended differences.
struct Comparison {
    contract: &'static str,
    own: &'static str,
    absence: Absence,
    /// The end of the place, a part of the contract's text, and what the sandbox has instead.
    differences: &'static [(&'static str, &'static str, &'static str)],
}

/// Whether documents are compared in which fields of responses may be absent or null.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Absence {
    Compared,
    /// The sandbox always sends what the service may leave out.
    Ignored,
}

const AGENTS: Comparison = Comparison {
    contract: contract::AGENTS,
    own: "/openapi.json",
    absence: Absence::Compared,
    // Clients must accept more values than the sandbox sends.
    differences: &[(
        " error",
        "object{code: string, details: object{}, message!: string, suggestion: string}|string required",
        "string required",
    )],
};

const ROOMS: Comparison = Comparison {
    contract: contract::ROOMS,
    own: "/rooms/openapi.json",
    absence: Absence::Ignored,
    differences: &[
        // The service accepts a token too, and the client has none.
        ("GET /v1/usage credentials", "apiKey header x-api-key", "apiKey header x-api-key, or http bearer"),
        ("POST /v1/avatars/preview 200 application/json url", "string", "string format=\"uri\""),
        // A page shows an avatar there, and a ratio that a session cannot have.
        (
            "GET /v1/usage 200 application/json usage",
            "\"16:9\"|\"1:1\"|\"3:4\"|\"4:3\", duration",
            "\"1:1\"|\"3:4\"|\"4:3\", avatar: object{avatar_id: string}, duration",
        ),
        // The client rejects more than the service.
        (
            "POST /v1/sessions body application/json room",
            "token: string format=\"password\" minLength=1 maxLength=16384, url: string format=\"uri\"",
            "token: string minLength=1, url: string minLength=1",
        ),
        // Two operations of the client.
        (
            "POST /v1/avatars/upload-face body application/json",
            "object{image_base64!: string minLength=1}|object{image_url!: string format=\"uri\"}",
            "object{} minProperties=1",
        ),
        ("POST /v1/avatars/upload-face body application/json image_base64", "(nothing)", "string minLength=1"),
        ("POST /v1/avatars/upload-face body application/json image_base64 evidence", "(nothing)", ""),
        ("POST /v1/avatars/upload-face body application/json image_url", "(nothing)", "string format=\"uri\""),
        ("POST /v1/avatars/upload-face body application/json image_url evidence", "(nothing)", ""),
        // The sandbox looks at the first bytes.
        ("POST /v1/avatars/upload-face body multipart/form-data file encoding", "image/*", "(nothing)"),
    ],
};

/// One line for each fact, so that differences are easy to find.
type Facts = BTreeMap<String, String>;

#[tokio::test]
async fn the_sandbox_describes_the_contract() {
    AGENTS.check().await;
}

#[tokio::test]
async fn the_sandbox_describes_the_contract_of_rooms() {
    ROOMS.check().await;
}

impl Comparison {
    async fn check(&self) {
        let api = Api::start().await;
        let own = api.call("GET", self.own, &[], &As::NoCredential, None).await.is(200).body;
        let (contract, own) = (self.facts_of(&contract::contract(self.contract)), self.facts_of(&own));
        let mut seen = BTreeSet::new();
        let mut wrong = Vec::new();
        for fact in contract.keys().chain(own.keys()).collect::<BTreeSet<_>>() {
            let [in_contract, in_own] = [&contract, &own].map(|facts| facts.get(fact).map_or("(nothing)", String::as_str));
            let differs = |(end, of_contract, of_own): &(&str, &str, &str)| {
                fact.ends_with(end) && in_contract != in_own && in_contract.replacen(of_contract, of_own, 1) == in_own
            };
            if let Some(known) = self.differences.iter().position(differs) {
                seen.insert(known);
            } else if in_contract != in_own {
                wrong.push(format!("{fact}\n    contract: {in_contract}\n    sandbox:  {in_own}"));
            }
        }
        assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
        assert_eq!(seen.len(), self.differences.len(), "a difference that is allowed is no longer there");
        assert!(contract.len() > 500, "the documents were read");
    }

    fn facts_of(&self, document: &Value) -> Facts {
        let mut facts = facts_of(document);
        if self.absence == Absence::Ignored {
            let of_responses = |fact: &str| fact.split(' ').nth(2).is_some_and(|status| status.parse::<u16>().is_ok());
            for (_, value) in facts.iter_mut().filter(|(fact, _)| of_responses(fact)) {
                let present = value.replace("null|", "").replace("|null", "").replace("!: ", ": ");
                *value = present.trim_end_matches(" required").to_owned();
            }
        }
        facts
    }
}

fn facts_of(document: &Value) -> Facts {
    let mut facts = Facts::new();
    let schemes = &document["components"]["securitySchemes"];
    for ((method, path), operation) in operations_of(document) {
        let at = format!("{method} {path}");
        let mut fact = |name: &str, value: String| assert!(facts.insert(format!("{at} {name}"), value).is_none(), "{at} {name}");
        fact("id", text(&operation["operationId"]));
        fact("evidence", text(&operation["x-evidence"]));
        fact("credentials", credentials(&operation["security"], schemes));
        for parameter in list(&operation["parameters"]) {
            let parameter = resolved(document, parameter);
            let place = text(&parameter["in"]);
            // The names of path parameters do not matter.
            let name = if place == "path" { "{}".to_owned() } else { text(&parameter["name"]) };
            fact(&format!("{place} {name} required"), required(&parameter));
            fact(&format!("{place} {name} evidence"), text(&parameter["x-evidence"]));
            fact(&format!("{place} {name}"), schema(document, &parameter["schema"]));
        }
        let body = resolved(document, &operation["requestBody"]);
        if body.is_object() {
            fact("body required", required(&body));
            contents(document, "body", &body["content"], &mut fact);
        }
        for (status, response) in object(&operation["responses"]) {
            let response = resolved(document, response);
            fact(&format!("{status} evidence"), text(&response["x-evidence"]));
            contents(document, status, &response["content"], &mut fact);
        }
    }
    facts
}

fn contents(document: &Value, at: &str, contents: &Value, fact: &mut impl FnMut(&str, String)) {
    for (content_type, content) in object(contents) {
        let schema = resolved(document, &content["schema"]);
        for (part, encoding) in object(&content["encoding"]) {
            fact(&format!("{at} {content_type} {part} encoding"), text(&encoding["contentType"]));
        }
        properties(document, &format!("{at} {content_type}"), &schema, fact);
    }
}

/// Adds a fact for each property, and one for the rest of the schema.
fn properties(document: &Value, at: &str, body: &Value, fact: &mut impl FnMut(&str, String)) {
    let mut rest = body.clone();
    let required: BTreeSet<String> = list(&body["required"]).map(text).collect();
    for (name, property) in object(&body["properties"]) {
        let must = if required.contains(name) { " required" } else { "" };
        let property = resolved(document, property);
        fact(&format!("{at} {name} evidence"), text(&property["x-evidence"]));
        fact(&format!("{at} {name}"), format!("{}{must}", schema(document, &property)));
    }
    if let Some(rest) = rest.as_object_mut() {
        rest.remove("properties");
        rest.remove("required");
    }
    fact(at, schema(document, &rest));
}

/// Formats a schema as one normalized line.
fn schema(document: &Value, value: &Value) -> String {
    let value = resolved(document, value);
    let alternatives = ["anyOf", "oneOf"].into_iter().flat_map(|name| list(&value[name])).map(|one| schema(document, one));
    let mut alternatives: BTreeSet<String> = alternatives.collect();
    let types: Vec<String> = match &value["type"] {
        Value::Array(types) => types.iter().map(text).collect(),
        Value::Null => Vec::new(),
        one => vec![text(one)],
    };
    let values = if value["const"].is_null() { value["enum"].clone() } else { Value::Array(vec![value["const"].clone()]) };
    if !values.is_null() {
        let values: BTreeSet<String> = list(&values).map(Value::to_string).collect();
        return values.into_iter().collect::<Vec<_>>().join("|");
    }
    for one in types {
        let bounds = match one.as_str() {
            "object" => ["minProperties", "maxProperties", "additionalProperties"].as_slice(),
            "string" => &["format", "contentMediaType", "minLength", "maxLength", "pattern"],
            "integer" | "number" => &["format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
            "array" => &["minItems", "maxItems", "uniqueItems"],
            _ => &[],
        };
        let bounds = bounds.iter().filter(|bound| !value[**bound].is_null()).map(|bound| format!(" {bound}={}", value[*bound]));
        let inside = match one.as_str() {
            "object" => fields(document, &value),
            "array" => format!("[{}]", schema(document, &value["items"])),
            _ => String::new(),
        };
        alternatives.insert(format!("{one}{inside}{}", bounds.collect::<String>()));
    }
    alternatives.into_iter().collect::<Vec<_>>().join("|")
}

fn fields(document: &Value, value: &Value) -> String {
    let required: BTreeSet<String> = list(&value["required"]).map(text).collect();
    let fields = object(&value["properties"]).map(|(name, property)| {
        let mark = if required.contains(name) { "!" } else { "" };
        (name, format!("{name}{mark}: {}", schema(document, property)))
    });
    format!("{{{}}}", fields.collect::<BTreeMap<_, _>>().into_values().collect::<Vec<_>>().join(", "))
}

/// Resolves a reference, merged with its siblings, and an `allOf` into one object.
fn resolved(document: &Value, value: &Value) -> Value {
    let Some(reference) = value["$ref"].as_str() else {
        return if value["allOf"].is_array() { merged(document, &value["allOf"]) } else { value.clone() };
    };
    let target = document.pointer(reference.trim_start_matches('#')).expect("the reference leads somewhere");
    let mut target = resolved(document, target);
    for (name, beside) in object(value).filter(|(name, _)| *name != "$ref") {
        target[name] = beside.clone();
    }
    target
}

/// Merges the parts of an `allOf`.
fn merged(document: &Value, parts: &Value) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for part in list(parts).map(|part| resolved(document, part)) {
        properties.extend(object(&part["properties"]).map(|(name, property)| (name.clone(), property.clone())));
        required.extend(list(&part["required"]).cloned());
    }
    json!({"type": "object", "properties": properties, "required": required})
}

/// Formats the accepted credentials, in order of preference, without the names of schemes.
fn credentials(security: &Value, schemes: &Value) -> String {
    let kind = |name: &String| {
        let scheme = &schemes[name];
        let parts = ["type", "scheme", "in", "name"].map(|part| text(&scheme[part]));
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    };
    let ways = list(security).map(|way| object(way).map(|(name, _)| kind(name)).collect::<Vec<_>>().join(" and "));
    ways.collect::<Vec<_>>().join(", or ")
}

fn required(value: &Value) -> String {
    (value["required"] == Value::Bool(true)).to_string()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
