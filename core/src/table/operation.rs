//! One entry of the operation table.

use super::wire::DONE;
use super::{Evidence, Model, Param, Wire};
use crate::error::Kind;
use crate::vocabulary::{CredentialKind, Method, Repeat, Surface};

/// Everything the core, the renderers and the documents know of one operation.
#[derive(Debug)]
pub struct Operation {
    /// `resource.verb`, the same in every language up to its spelling.
    pub name: &'static str,
    /// One sentence, and what a caller should know beyond it.
    pub summary: &'static str,
    pub evidence: Evidence,
    pub surface: Surface,
    pub method: Method,
    /// The path, with at most one `{parameter}`.
    pub path: &'static str,
    /// Query pairs that are always sent.
    pub fixed_query: &'static [(&'static str, &'static str)],
    pub auth: Auth,
    /// Whether the grant of the session that its path names goes with it.
    pub grant: bool,
    pub repeat: Repeat,
    /// Which operation shows whether a call whose response was lost was carried out.
    pub shown_by: Option<&'static str>,
    pub path_param: Option<Param>,
    pub params: &'static [Param],
    /// Whether a call without any of `params` is refused (updates that change nothing).
    pub needs_one: bool,
    /// The status of success.
    pub status: u16,
    /// What the caller gets, and what of any body it is read from.
    pub answer: Answer,
    /// The body as it is documented.
    pub wire: Wire,
    /// Kinds that it declares beyond those every operation can meet.
    pub errors: &'static [Kind],
    pub effect: Effect,
}

/// The values that most entries share.
pub(crate) const OPERATION: Operation = Operation {
    name: "",
    summary: "",
    evidence: Evidence::Documented,
    surface: Surface::Server,
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
    status: 200,
    answer: Answer::Nothing,
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

    /// All parameters, the path's first.
    pub fn all_params(&self) -> impl Iterator<Item = &Param> {
        self.path_param.iter().chain(self.params)
    }

    /// Whether the list can be walked by `limit` and `after`.
    pub fn pages(&self) -> bool {
        self.params.iter().any(|param| param.name == "after")
    }

    /// How certain `status` is: no page of the API says whether it answers 200 or 201 where something is made.
    pub fn status_evidence(&self) -> Evidence {
        if self.status == 201 && self.surface == Surface::Server { Evidence::Assumed } else { self.evidence }
    }

    /// What to do if it is unknown whether a call was carried out.
    pub(crate) fn advice_if_unknown(&self) -> String {
        match self.shown_by {
            Some(list) => format!("The service may have carried out the call. Check {list} before you try again."),
            None => "The service may have carried out the call, and another call may do the same again.".to_owned(),
        }
    }

    /// Whether it is carried out by several calls, and has no request of its own.
    pub fn is_composite(&self) -> bool {
        self.path.is_empty()
    }
}

/// The credentials an operation takes, the preferred one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auth(pub &'static [CredentialKind]);

pub(crate) const NO_CREDENTIAL: Auth = Auth(&[]);
pub(crate) const API_KEY_ONLY: Auth = Auth(&[CredentialKind::ApiKey]);
pub(crate) const TOKEN_ONLY: Auth = Auth(&[CredentialKind::Token]);
pub(crate) const API_KEY_OR_TOKEN: Auth = Auth(&[CredentialKind::ApiKey, CredentialKind::Token]);
pub(crate) const TOKEN_OR_API_KEY: Auth = Auth(&[CredentialKind::Token, CredentialKind::ApiKey]);

/// What a successful answer holds, and under which keys it may be wrapped.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    Nothing,
    One {
        model: &'static Model,
        under: &'static [&'static str],
    },
    List {
        model: &'static Model,
        under: &'static [&'static str],
    },
    /// The JSON as it came (`client.request`).
    Raw,
}

/// What a success changes in the client itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    None,
    /// The answer's `token` becomes the client's token.
    AdoptToken,
    ForgetToken,
    /// The answer's `grant` becomes the session's, and is kept from the caller.
    AdoptGrant,
}
