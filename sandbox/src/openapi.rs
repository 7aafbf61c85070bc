//! The OpenAPI document: the descriptions of the handlers, completed with the parts that all operations share.

use axum::response::{IntoResponse, Response};
use serde_json::Value;
use utoipa::openapi::extensions::{Extensions, ExtensionsBuilder};
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{Schema, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, Ref, RefOr, Required, ResponseBuilder, ServerBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use crate::contract::{Contract, RoomsErrorBody};
use crate::error::ErrorBody;
use crate::values;

/// Adds the parts that all operations of a contract share.
pub fn complete(mut api: OpenApi, contract: Contract, url: &str) -> OpenApi {
    api.info = InfoBuilder::new()
        .title(format!("AgentHuman API, contract {}", contract.name()))
        .version("v1")
        .description(Some(
            "The API as the sandbox serves it. `x-evidence` says how certain an operation of the real service is: \
             `documented`, `named` (the body is assumed) or `assumed`.",
        ))
        .build();
    api.servers = Some(vec![ServerBuilder::new().url(url).build()]);
    let mut components = api.components.take().unwrap_or_else(|| ComponentsBuilder::new().build());
    match contract {
        Contract::Agents => {
            components.schemas.insert(ErrorBody::name().into_owned(), ErrorBody::schema());
        }
        Contract::Rooms => {
            components.schemas.insert(RoomsErrorBody::name().into_owned(), RoomsErrorBody::schema());
            let mut schemas = Vec::new();
            RoomsErrorBody::schemas(&mut schemas);
            components.schemas.extend(schemas);
        }
    }
    for (name, schema) in &mut components.schemas {
        fix_success(schema, *name != ErrorBody::name());
    }
    let key = ApiKey::Header(ApiKeyValue::new("x-api-key"));
    components.add_security_scheme("api_key", SecurityScheme::ApiKey(key));
    let jwt = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    components.add_security_scheme("jwt", SecurityScheme::Http(jwt));
    api.components = Some(components);
    for item in api.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            make_body_optional(operation);
            add_common_errors(operation);
            mark_responses(operation);
        }
    }
    api
}

/// Restricts `success` to its only value in this kind of response.
fn fix_success(schema: &mut RefOr<Schema>, success: bool) {
    if let RefOr::T(Schema::Object(object)) = schema
        && let Some(property) = object.properties.get_mut("success")
    {
        *property = values::one_of(Type::Boolean, [success]);
    }
}

/// Marks an optional body as not required, instead of nullable.
fn make_body_optional(operation: &mut Operation) {
    let Some(RefOr::T(body)) = &mut operation.request_body else {
        return;
    };
    for content in body.content.values_mut() {
        if let RefOr::T(content) = content
            && let Some(RefOr::T(Schema::OneOf(alternatives))) = &content.schema
        {
            content.schema = alternatives.items.iter().find(|schema| matches!(schema, RefOr::Ref(_))).cloned();
            body.required = Some(Required::False);
        }
    }
}

fn add_common_errors(operation: &mut Operation) {
    let has_body = operation.request_body.is_some();
    let has_input = has_body || operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty());
    let has_credential = operation.security.is_some();
    let mut add = |status: &str, description: &str| {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(ErrorBody::name()))).build();
        let response = ResponseBuilder::new().description(description).content("application/json", content).build();
        operation.responses.responses.entry(status.to_owned()).or_insert(RefOr::T(response));
    };
    if has_input {
        add("400", "A parameter or field is invalid; the error names it");
    }
    if has_credential {
        add("401", "The credential is missing or invalid");
        add("403", "Not allowed");
    }
    if has_body {
        add("413", "The body is too large");
        add("415", "The content type is not supported");
    }
    add("429", "Too many requests");
    add("500", "Internal server error");
    add("503", "The service is temporarily unavailable");
}

/// Adds the evidence mark to each response that is less certain than its operation, and to each error.
fn mark_responses(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let mark = match status.as_str() {
            "200" => continue,
            "201" | "402" | "409" | "413" | "415" => "assumed",
            _ => "documented",
        };
        if let RefOr::T(response) = response {
            response.extensions = Some(evidence(mark));
        }
    }
}

fn evidence(mark: &str) -> Extensions {
    ExtensionsBuilder::new().add("x-evidence", Value::from(mark)).build()
}

pub fn json(document: &str) -> Response {
    ([("content-type", "application/json")], document.to_owned()).into_response()
}
