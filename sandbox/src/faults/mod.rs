//! Simulated failures, for testing how clients handle them.

mod apply;
mod body;
mod rule;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use axum::extract::MatchedPath;
use axum::http::{Method, Request};
use utoipa::openapi::OpenApi;

use crate::error::ApiError;
pub use apply::WithoutHeaders;
pub use rule::{Fault, FaultRule, FaultRuleError};
use rule::{Operation, When};

/// The header that sets the fault of one request.
const HEADER: &str = "x-sandbox-fault";

/// The fault rules of a sandbox.
pub struct Faults {
    rules: RwLock<Vec<Rule>>,
    by_header: AtomicU64,
    operations: Operations,
}

struct Rule {
    rule: FaultRule,
    calls: AtomicU64,
    fired: AtomicU64,
}

/// A rule, the number of calls that it was compared with, and how often it was applied.
#[derive(serde::Serialize)]
pub struct RuleStats {
    rule: String,
    calls: u64,
    fired: u64,
}

/// The operations' names, by method and path template.
pub struct Operations(HashMap<(Method, String), String>);

impl Faults {
    pub fn new(operations: Operations) -> Self {
        Self { rules: RwLock::default(), by_header: AtomicU64::new(0), operations }
    }

    /// Replaces the rules.
    pub fn set(&self, rules: &[FaultRule]) -> Result<(), String> {
        for rule in rules {
            self.operations.check(&rule.operation)?;
        }
        let rules = rules.iter().map(|rule| Rule { rule: rule.clone(), calls: AtomicU64::new(0), fired: AtomicU64::new(0) });
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = rules.collect();
        Ok(())
    }

    pub fn clear(&self) {
        self.rules.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub fn stats(&self) -> Vec<RuleStats> {
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        let stats = |rule: &Rule| RuleStats {
            rule: rule.rule.to_string(),
            calls: rule.calls.load(Ordering::Relaxed),
            fired: rule.fired.load(Ordering::Relaxed),
        };
        rules.iter().map(stats).collect()
    }

    /// The number of requests with a fault of their own.
    pub fn by_header(&self) -> u64 {
        self.by_header.load(Ordering::Relaxed)
    }

    /// Returns the fault of a request: that of its header, or of the first rule that applies.
    pub fn of<B>(&self, request: &Request<B>) -> Result<Option<Fault>, ApiError> {
        if let Some(header) = request.headers().get(HEADER) {
            let text = header.to_str().map_err(|_| ApiError::bad_request(format!("{HEADER} must be text")))?;
            let fault = text.parse().map_err(|error| ApiError::bad_request(format!("{HEADER}: {error}")))?;
            self.by_header.fetch_add(1, Ordering::Relaxed);
            return Ok(Some(fault));
        }
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        if rules.is_empty() {
            return Ok(None);
        }
        let operation = self.operations.of(request);
        let mut applied = None;
        for rule in rules.iter().filter(|rule| rule.matches(operation)) {
            if rule.count_call() && applied.is_none() {
                rule.fired.fetch_add(1, Ordering::Relaxed);
                applied = Some(rule.rule.fault.clone());
            }
        }
        Ok(applied)
    }
}

pub fn has_fault_header<B>(request: &Request<B>) -> bool {
    request.headers().contains_key(HEADER)
}

impl Rule {
    fn matches(&self, operation: Option<&str>) -> bool {
        match &self.rule.operation {
            Operation::Any => true,
            Operation::Named(name) => operation == Some(name),
        }
    }

    /// Counts a call, and returns whether the rule applies to it.
    fn count_call(&self) -> bool {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        match self.rule.when {
            When::Always => true,
            When::Percent(percent) => rand::random::<f64>() * 100.0 < percent,
            When::Nth(nth) => call == nth,
        }
    }
}

impl Operations {
    /// Returns the operations of documents. Names and paths of all but the first have the prefix of their contract.
    pub fn in_documents(documents: &[(&str, &OpenApi)]) -> Self {
        let mut names = HashMap::new();
        for (contract, document) in documents {
            let (path_prefix, name_prefix) = match *contract {
                "" => (String::new(), String::new()),
                contract => (format!("/{contract}"), format!("{contract}/")),
            };
            for (path, item) in &document.paths.paths {
                let operations = [
                    (Method::GET, &item.get),
                    (Method::POST, &item.post),
                    (Method::PUT, &item.put),
                    (Method::DELETE, &item.delete),
                ];
                for (method, operation) in operations {
                    if let Some(name) = operation.as_ref().and_then(|operation| operation.operation_id.clone()) {
                        names.insert((method, format!("{path_prefix}{path}")), format!("{name_prefix}{name}"));
                    }
                }
            }
        }
        Self(names)
    }

    fn of<B>(&self, request: &Request<B>) -> Option<&str> {
        let path = request.extensions().get::<MatchedPath>()?.as_str().to_owned();
        self.0.get(&(request.method().clone(), path)).map(String::as_str)
    }

    fn check(&self, operation: &Operation) -> Result<(), String> {
        match operation {
            Operation::Named(name) if !self.0.values().any(|known| known == name) => {
                let mut names: Vec<&str> = self.0.values().map(String::as_str).collect();
                names.sort_unstable();
                Err(format!("unknown operation \"{name}\"; the operations are {}", names.join(", ")))
            }
            _ => Ok(()),
        }
    }
}
