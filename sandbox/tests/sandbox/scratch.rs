//! Data files that are deleted after the test.

use std::path::{Path, PathBuf};

pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        let unique: u64 = rand::random();
        let folder = std::env::temp_dir().join(format!("agenthuman-sandbox-{unique:x}"));
        std::fs::create_dir_all(&folder).expect("a folder for the data");
        Self(folder)
    }

    pub fn data(&self) -> PathBuf {
        self.0.join("sandbox.db")
    }

    /// Opens a second connection to the data of a running sandbox.
    pub fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(Path::new(&self.data())).expect("the data file opens")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
