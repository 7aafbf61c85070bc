//! Replies set by a test: the agent uses them in order, and then its default replies again.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::ApiError;

const MAX_REPLIES: usize = 1000;
const MAX_BYTES: usize = 16 * 1024;

#[derive(Default)]
pub struct Replies(Mutex<VecDeque<String>>);

impl Replies {
    /// Replaces the remaining replies. An invalid list changes nothing.
    pub fn set(&self, replies: Vec<String>) -> Result<(), ApiError> {
        if replies.len() > MAX_REPLIES {
            return Err(ApiError::bad_request(format!("replies must have at most {MAX_REPLIES} items")));
        }
        if !replies.iter().all(|reply| (1..=MAX_BYTES).contains(&reply.len())) {
            return Err(ApiError::bad_request(format!("each reply must be 1 to {MAX_BYTES} bytes long")));
        }
        *self.lock() = replies.into();
        Ok(())
    }

    pub fn take_next(&self) -> Option<String> {
        self.lock().pop_front()
    }

    pub fn remaining(&self) -> Vec<String> {
        self.lock().iter().cloned().collect()
    }

    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
