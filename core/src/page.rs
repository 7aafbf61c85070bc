//! Walking a list to its end, whether the server pages or returns everything.

use crate::answer::Body;
use crate::call::CallOptions;
use crate::client::Client;
use crate::error::Result;
use crate::table::{Operation, Params};
use serde::de::DeserializeOwned;
use std::collections::{HashSet, VecDeque};
use std::marker::PhantomData;

/// Where a walk stands, and whether the server moves on at all.
#[derive(Default)]
pub(crate) struct Guard {
    begun: bool,
    cursor: Option<String>,
    seen: HashSet<String>,
    first_of_last: Option<String>,
}

impl Guard {
    /// Takes in a page: the id of its first item and its cursor. False: it is the page before once more, from a server
    /// that ignores `after`.
    pub fn learn(&mut self, first: Option<&str>, next: Option<String>) -> bool {
        let repeats = self.begun && first.is_some() && first == self.first_of_last.as_deref();
        self.begun = true;
        self.first_of_last = first.map(str::to_owned);
        self.cursor = next.filter(|cursor| !repeats && self.seen.insert(cursor.clone()));
        !repeats
    }

    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    pub fn is_done(&self) -> bool {
        self.begun && self.cursor.is_none()
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// The cursor of the next page, to be given as `after`.
    pub next: Option<String>,
}

/// A list that is fetched while it is walked.
pub struct Pages<T> {
    client: Client,
    operation: &'static Operation,
    values: crate::Object,
    guard: Guard,
    items: VecDeque<T>,
    of: PhantomData<T>,
}

impl<T: DeserializeOwned> Pages<T> {
    #[cfg(feature = "server")]
    pub(crate) fn new(client: &Client, operation: &'static Operation, params: impl Into<Params>) -> Pages<T> {
        Pages {
            client: client.clone(),
            operation,
            values: params.into().values,
            guard: Guard::default(),
            items: VecDeque::new(),
            of: PhantomData,
        }
    }

    /// The next item, or `None` after the last.
    ///
    /// # Errors
    /// Those of the list's operation.
    pub async fn next(&mut self) -> Result<Option<T>> {
        loop {
            if let Some(item) = self.items.pop_front() {
                return Ok(Some(item));
            }
            match self.page().await? {
                None => return Ok(None),
                Some(page) => self.items.extend(page.items),
            }
        }
    }

    /// The next page, or `None` after the last.
    ///
    /// # Errors
    /// Those of the list's operation.
    pub async fn page(&mut self) -> Result<Option<Page<T>>> {
        if self.guard.is_done() {
            return Ok(None);
        }
        let mut values = self.values.clone();
        if let Some(after) = self.guard.cursor() {
            values.insert("after".into(), after.into());
        }
        let params = Params { values, file: None };
        let reply = self.client.call(self.operation, params, CallOptions::default(), None).await?;
        let first = match &reply.body {
            Body::Items(items) => items.text(0, "id"),
            Body::Nothing | Body::Raw(_) => None,
        };
        let is_new = self.guard.learn(first.as_deref(), reply.next.clone());
        let items = if is_new { reply.parse()? } else { Vec::new() };
        Ok(Some(Page { items, next: self.guard.cursor().map(str::to_owned) }))
    }

    /// Every item that is left.
    ///
    /// # Errors
    /// Those of the list's operation.
    pub async fn all(mut self) -> Result<Vec<T>> {
        let mut items: Vec<T> = std::mem::take(&mut self.items).into();
        while let Some(page) = self.page().await? {
            items.extend(page.items);
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::Guard;

    #[test]
    fn a_walk_ends_where_the_server_stops_or_repeats_itself() {
        let mut pages = Guard::default();
        assert!(pages.learn(Some("1"), Some("a".into())));
        assert!(!pages.is_done());
        assert!(pages.learn(Some("2"), None));
        assert!(pages.is_done());

        let mut same_cursor = Guard::default();
        assert!(same_cursor.learn(Some("1"), Some("a".into())));
        assert!(same_cursor.learn(Some("2"), Some("a".into())));
        assert!(same_cursor.is_done());

        let mut ignores_after = Guard::default();
        assert!(ignores_after.learn(Some("1"), Some("a".into())));
        assert!(!ignores_after.learn(Some("1"), Some("b".into())));
        assert!(ignores_after.is_done());
    }
}
