//! Pages of lists.

use crate::error::ApiError;

/// Where a page starts and how long it is.
pub struct PageQuery {
    pub after: Option<String>,
    pub limit: i64,
}

impl PageQuery {
    /// The cursor of lists that are in the order of their ids.
    pub fn after_id(&self) -> Result<Option<i64>, ApiError> {
        self.after.as_ref().map(|after| after.parse().map_err(|_| bad_cursor())).transpose()
    }
}

pub fn bad_cursor() -> ApiError {
    ApiError::bad_request("after must be the next of an earlier page")
}
