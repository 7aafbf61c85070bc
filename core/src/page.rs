//! Walking a list to its end, whether the server pages or returns everything.

use std::collections::HashSet;

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
