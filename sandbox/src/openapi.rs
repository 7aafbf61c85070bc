//! The OpenAPI document: what the handlers say of themselves, and what is the same for all of them.

use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, Ref, RefOr, ResponseBuilder, ServerBuilder};
use utoipa::{PartialSchema, ToSchema};

use crate::error::ErrorBody;

/// Adds to the collected operations what does not differ between them.
pub fn complete(mut api: OpenApi, url: &str) -> OpenApi {
    api.info = InfoBuilder::new()
        .title("AgentHuman API, dialect agents")
        .version("v1")
        .description(Some(
            "As the sandbox serves it. `x-evidence` tells what is known of an operation of the real service: \
             `documented`, `named` (the body is assumed) or `assumed`.",
        ))
        .build();
    api.servers = Some(vec![ServerBuilder::new().url(url).build()]);
    let mut components = api.components.take().unwrap_or_else(|| ComponentsBuilder::new().build());
    components.schemas.insert(ErrorBody::name().into_owned(), ErrorBody::schema());
    let key = ApiKey::Header(ApiKeyValue::new("x-api-key"));
    components.add_security_scheme("api_key", SecurityScheme::ApiKey(key));
    let jwt = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    components.add_security_scheme("jwt", SecurityScheme::Http(jwt));
    api.components = Some(components);
    for item in api.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            add_common_errors(operation);
        }
    }
    api
}

fn add_common_errors(operation: &mut Operation) {
    let mut add = |status: &str, description: &str| {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(ErrorBody::name()))).build();
        let response = ResponseBuilder::new().description(description).content("application/json", content).build();
        operation.responses.responses.entry(status.to_owned()).or_insert(RefOr::T(response));
    };
    add("400", "A field is wrong; the text names it");
    add("401", "No credential, or a bad one");
    add("403", "Not allowed");
    add("413", "The body is too large");
    add("415", "The body is of a type that is not accepted");
    add("429", "Too many requests");
    add("500", "The service failed");
}

pub fn json(document: &str) -> Response {
    ([("content-type", "application/json")], document.to_owned()).into_response()
}
