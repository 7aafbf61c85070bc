//! One entry of the operation table.

use super::wire::DONE;
use super::{Evidence, Field, FieldKind, Model, Param, Wire};
use crate::error::Kind;
use crate::vocabulary::{CredentialKind, Method, Repeat, Surface};

/// An operation of the API, for the core, the renderers and the documentation.
#[derive(Debug)]
pub struct Operation {
    /// `resource.verb`, the same in every language up to its spelling.
    pub name: &'static str,
    /// One sentence, and what a caller should know beyond it.
    pub summary: &'static str,
    /// The evidence that the service has the operation.
    pub evidence: Evidence,
    /// The API that has the operation.
    pub surface: Surface,
    /// The contract of the service that carries it out: the surface itself, or what a backend's relay calls.
    pub contract: Surface,
    /// The HTTP method.
    pub method: Method,
    /// The path, with at most one `{parameter}`.
    pub path: &'static str,
    /// Query pairs that are always sent.
    pub fixed_query: &'static [(&'static str, &'static str)],
    /// The credentials that it accepts.
    pub auth: Auth,
    /// Whether the request carries the grant of the session in its path.
    pub grant: bool,
    /// The retry rule.
    pub repeat: Repeat,
    /// The operation whose response shows whether a call with a lost response took effect.
    pub shown_by: Option<&'static str>,
    /// The parameter in the path.
    pub path_param: Option<Param>,
    /// The other parameters.
    pub params: &'static [Param],
    /// Whether at least one of `params` is required, as in updates.
    pub needs_one: bool,
    /// The calls that it consists of, if it has no request of its own.
    pub steps: Option<Steps>,
    /// The status of success.
    pub status: u16,
    /// The result of the call, and its place in the body.
    pub answer: Answer,
    /// The keys of the body beside the model whose values belong to the model.
    pub beside: &'static [&'static str],
    /// The body as it is documented.
    pub wire: Wire,
    /// The kinds of error that it declares, in addition to those of every operation.
    pub errors: &'static [Kind],
    /// The effect of a success on the client.
    pub effect: Effect,
}

/// The values that most entries share.
pub(crate) const OPERATION: Operation = Operation {
    name: "",
    summary: "",
    evidence: Evidence::Documented,
    surface: Surface::Server,
    contract: Surface::Server,
    method: Method::Get,
    path: "",
    fixed_query: &[],
    auth: API_KEY_ONLY,
    grant: false,
    repeat: Repeat::Safe,
    shown_by: None,
    path_param: None,
    params: &[],
    needs_one: false,
    steps: None,
    status: 200,
    answer: Answer::Nothing,
    beside: &[],
    wire: DONE,
    errors: &[],
    effect: Effect::None,
};

impl Operation {
    /// The resource that it belongs to: the first part of its name.
    pub fn resource(&self) -> &'static str {
        self.name.split('.').next().unwrap_or_default()
    }

    /// Its name within the resource.
    pub fn verb(&self) -> &'static str {
        self.name.split('.').nth(1).unwrap_or_default()
    }

    /// Returns all parameters, the path's first.
    pub fn all_params(&self) -> impl Iterator<Item = &Param> {
        self.path_param.iter().chain(self.params)
    }

    /// Whether the list can be walked by `limit` and `after`.
    pub fn pages(&self) -> bool {
        self.params.iter().any(|param| param.name == "after")
    }

    /// Returns the name and the model of what the caller gets, if the client keeps the grant beside it.
    pub fn beside_grant(&self) -> Option<(&'static str, &'static Model)> {
        let Answer::One { model, .. } = self.answer else { return None };
        let inner =
            |field: &'static Field| if let FieldKind::Model(inner) = field.kind { Some((field.name, inner)) } else { None };
        model.fields.iter().find_map(inner).filter(|_| self.effect == Effect::AdoptGrant)
    }

    /// Returns the evidence for `status`: no page of the API says whether it returns 200 or 201 when an object is created.
    pub fn status_evidence(&self) -> Evidence {
        if self.status == 201 && !self.surface.is_relayed() { Evidence::Assumed } else { self.evidence }
    }

    /// Returns the suggestion if it is unknown whether a call took effect.
    pub(crate) fn advice_if_unknown(&self) -> String {
        match self.shown_by {
            Some(_) if self.repeat == Repeat::ByClientId => {
                "The message may have been sent. To send it again, pass the same id: the relay recognizes a repeat.".to_owned()
            }
            Some(list) => format!("The service may have carried out the call. Check {list} before you try again."),
            None => "The service may have carried out the call, and another call may do the same again.".to_owned(),
        }
    }

    /// Whether it consists of several calls and has no request of its own.
    pub fn is_composite(&self) -> bool {
        self.steps.is_some()
    }
}

/// The calls of an operation without a request of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steps {
    /// Replaces an API key.
    Rotate,
    /// Opens a session that its caller is going to end.
    Open,
    /// Waits until a session has ended.
    WaitUntilEnded,
}

/// The credentials that an operation accepts, the preferred one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auth(pub &'static [CredentialKind]);

pub(crate) const NO_CREDENTIAL: Auth = Auth(&[]);
pub(crate) const API_KEY_ONLY: Auth = Auth(&[CredentialKind::ApiKey]);
pub(crate) const TOKEN_ONLY: Auth = Auth(&[CredentialKind::Token]);
pub(crate) const API_KEY_OR_TOKEN: Auth = Auth(&[CredentialKind::ApiKey, CredentialKind::Token]);
pub(crate) const TOKEN_OR_API_KEY: Auth = Auth(&[CredentialKind::Token, CredentialKind::ApiKey]);

/// The content of a successful response, and the keys under which it may be wrapped.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// Nothing.
    Nothing,
    /// One object.
    One {
        /// The model of the object.
        model: &'static Model,
        /// The keys under which it may be wrapped.
        under: &'static [&'static str],
    },
    /// A list of objects.
    List {
        /// The model of the objects.
        model: &'static Model,
        /// The keys under which it may be wrapped.
        under: &'static [&'static str],
    },
    /// The JSON as it was received (`client.request`).
    Raw,
}

/// The effect of a success on the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// No effect.
    None,
    /// The `token` in the response becomes the client's token.
    AdoptToken,
    /// The client removes its token.
    ForgetToken,
    /// The `grant` in the response becomes the session's grant. The caller gets the object beside it.
    AdoptGrant,
    /// The message and its reply are the last of the session, and those who follow the messages look for them.
    MessageSent,
    /// The last message of the last page is the last of the session.
    MessagesListed,
}
