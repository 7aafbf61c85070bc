//! Pages of lists.

use crate::error::ApiError;

/// The start and the maximum length of a page.
pub struct PageQuery {
    pub after: Option<String>,
    pub limit: i64,
}

impl PageQuery {
    /// Returns the cursor as an id, for lists in the order of their ids.
    pub fn after_id(&self) -> Result<Option<i64>, ApiError> {
        self.after.as_ref().map(|after| after.parse().map_err(|_| bad_cursor())).transpose()
    }
}

pub fn bad_cursor() -> ApiError {
    ApiError::bad_request("after must be the \"next\" of an earlier page")
}
