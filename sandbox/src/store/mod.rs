//! The data: an SQLite database, in memory or in a file. One connection writes, the others only read.

pub mod agents;
pub mod api_keys;
pub mod avatars;
mod file;
pub mod messages;
pub mod otp;
pub mod roles;
pub mod rooms;
pub mod schema;
pub mod sessions;
pub mod users;
pub mod voices;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, TransactionBehavior};
use serde_json::value::RawValue;

use crate::clock::Clock;
use crate::error::ApiError;
use rooms::accounts::AccountDefaults;

const READERS: usize = 4;

/// The data of a sandbox. The order of the fields matters: the writer is dropped last and empties the log; readers cannot.
pub struct Store {
    /// Empty for a database in memory, which has only one connection.
    readers: Vec<Mutex<Connection>>,
    writer: Mutex<Connection>,
    _lock: Option<file::Lock>,
    next_reader: AtomicUsize,
    /// The base URL of this sandbox, which is prepended to stored paths of its own files.
    base: String,
    clock: Arc<Clock>,
    account_defaults: AccountDefaults,
}

/// A page of a list, with the cursor of the next page.
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}

impl Store {
    /// Opens the data, or creates it. The error completes the sentence "cannot use FILE: …".
    pub fn open(data: Option<&Path>, base: String, clock: Arc<Clock>, account_defaults: AccountDefaults) -> Result<Self, String> {
        let lock = data.map(|path| file::claim(path, &base)).transpose()?;
        Self::open_claimed(data, lock, base, clock, account_defaults).map_err(|error| error.to_string())
    }

    fn open_claimed(
        data: Option<&Path>,
        lock: Option<file::Lock>,
        base: String,
        clock: Arc<Clock>,
        account_defaults: AccountDefaults,
    ) -> rusqlite::Result<Self> {
        let writer = match data {
            None => Connection::open_in_memory()?,
            Some(path) => {
                create_private(path);
                Connection::open(path)?
            }
        };
        configure(&writer)?;
        writer.pragma_update_and_check(None, "max_page_count", schema::MAX_PAGES, |_| Ok(()))?;
        if data.is_some() {
            // Set before there is a log, so that it is in the header of the file.
            writer.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
            // NORMAL is enough: committed data survives the end of the process.
            writer.pragma_update(None, "journal_mode", "WAL")?;
            writer.pragma_update(None, "synchronous", "NORMAL")?;
        }
        schema::prepare(&writer, &clock.now_text())?;
        let mut readers = Vec::new();
        if let Some(path) = data {
            for _ in 0..READERS {
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let reader = Connection::open_with_flags(path, flags)?;
                configure(&reader)?;
                readers.push(Mutex::new(reader));
            }
        }
        Ok(Self {
            readers,
            writer: Mutex::new(writer),
            _lock: lock,
            next_reader: AtomicUsize::new(0),
            base,
            clock,
            account_defaults,
        })
    }

    /// Moves the log into the data file, so that the file alone is complete.
    pub fn checkpoint(&self) {
        if !self.readers.is_empty() {
            let checkpoint = lock(&self.writer).query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            if let Err(error) = checkpoint {
                eprintln!("agenthuman-sandbox: writing the log back into the data file failed: {error}");
            }
        }
    }

    fn read<T, E>(&self, query: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        query(&self.reader())
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        let Some(last) = self.readers.len().checked_sub(1) else {
            return lock(&self.writer);
        };
        let next = self.next_reader.fetch_add(1, Ordering::Relaxed);
        lock(&self.readers[next % (last + 1)])
    }

    /// Restores the initial data. The start-up key and the secret that signs tokens are kept.
    pub fn reset(&self) -> Result<(), ApiError> {
        self.write(|db| Ok(schema::reset(db, &self.clock.now_text())?))
    }

    /// Completes the path of a file of this sandbox. It is stored without the base URL, which can change.
    fn absolute(&self, url: String) -> String {
        if url.starts_with('/') { format!("{}{url}", self.base) } else { url }
    }

    /// Runs `change` in a transaction, and commits it before the response is sent.
    fn write<T>(&self, change: impl FnOnce(&Connection) -> Result<T, ApiError>) -> Result<T, ApiError> {
        let mut writer = lock(&self.writer);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = change(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(128);
    // Otherwise SQLite recompiles a cached statement when another value is bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Creates the file with access for its owner only, since it contains the secret that signs tokens. If this fails, opening
/// the file reports the error.
#[cfg(unix)]
fn create_private(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let _ = options.create_new(true).write(true).mode(0o600).open(path);
}

#[cfg(not(unix))]
fn create_private(_: &Path) {}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn one<T>(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    connection.prepare_cached(sql)?.query_row(params, read).optional()
}

fn many<T>(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare_cached(sql)?.query_map(params, read)?.collect()
}

fn change(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> rusqlite::Result<usize> {
    connection.prepare_cached(sql)?.execute(params)
}

/// Cuts a result with one extra row down to a page.
fn page<T>(mut items: Vec<T>, limit: Option<i64>, cursor: impl Fn(&T) -> String) -> Page<T> {
    let limit = limit.map_or(usize::MAX, |limit| limit as usize);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(cursor);
    Page { items, next }
}

/// Returns SQLite's LIMIT for a page of `limit` rows plus one; -1: no limit.
fn fetch_limit(limit: Option<i64>) -> i64 {
    limit.map_or(-1, |limit| limit + 1)
}

/// The columns that an update changes.
#[derive(Default)]
pub struct Columns(Vec<(&'static str, rusqlite::types::Value)>);

impl Columns {
    fn set(&mut self, column: &'static str, value: Option<impl Into<rusqlite::types::Value>>) {
        if let Some(value) = value {
            self.0.push((column, value.into()));
        }
    }

    /// Updates the rows of `table` with this `id` and `user_id`, and returns their number.
    fn update(mut self, connection: &Connection, table: &str, id: i64, user_id: i64, now: String) -> rusqlite::Result<usize> {
        self.set("updated_at", Some(now));
        let assignments: Vec<String> = self.0.iter().map(|(column, _)| format!("{column} = ?")).collect();
        let sql = format!("UPDATE {table} SET {} WHERE id = ? AND user_id = ?", assignments.join(", "));
        let mut values: Vec<_> = self.0.into_iter().map(|(_, value)| value).collect();
        values.extend([id.into(), user_id.into()]);
        change(connection, &sql, rusqlite::params_from_iter(values))
    }
}

/// Reads a JSON column as raw text.
fn json(row: &Row<'_>, column: impl rusqlite::RowIndex) -> rusqlite::Result<Option<Box<RawValue>>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| {
        RawValue::from_string(text)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))
    })
    .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;
    use axum::response::IntoResponse;

    /// SQLite reports the same error as for a full disk.
    fn is_full_and_recovers(data: Option<&Path>) {
        let store = Store::open(data, String::new(), Arc::default(), AccountDefaults::default()).unwrap();
        let text = "x".repeat(10_000);
        let fill = || store.save_otp("a@example.com", "123456", 0, "code", &text);
        fill().unwrap();
        let pages: i64 = lock(&store.writer).query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        lock(&store.writer).pragma_update_and_check(None, "max_page_count", pages + 20, |_| Ok(())).unwrap();

        let error = (0..100).find_map(|_| fill().err()).expect("the limit is reached");
        assert_eq!(error.into_response().status(), StatusCode::INSUFFICIENT_STORAGE);
        let stored = store.mails(None).unwrap().len();
        assert!(fill().is_err());
        assert_eq!(store.mails(None).unwrap().len(), stored, "a failed change stores nothing");

        store.reset().unwrap();
        fill().unwrap();
        assert_eq!(store.mails(None).unwrap().len(), 1);
    }

    #[test]
    fn a_full_disk_is_reported_and_a_reset_makes_space() {
        is_full_and_recovers(None);
        let folder = std::env::temp_dir().join(format!("agenthuman-full-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        is_full_and_recovers(Some(&folder.join("data.db")));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
