use anyhow::{Result, bail};
use serde_json::Value;
pub fn read(_: &std::path::Path) -> Result<Value> {
    bail!("x")
}
