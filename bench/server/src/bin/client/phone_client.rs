//! A phone: it opens a session through a relay, and requests it with the grant. It only causes load, and is not measured.

use agenthuman_bench::http;
use anyhow::Result;
use serde::Deserialize;

pub struct PhoneClient {
    http: reqwest::Client,
    /// The URL of the sessions, and after `open` that of the session.
    url: String,
    grant: String,
}

#[derive(Deserialize)]
struct Opened {
    session: Session,
    grant: String,
}

#[derive(Deserialize)]
struct Session {
    id: String,
}

impl PhoneClient {
    pub fn new(base: &str) -> Result<PhoneClient> {
        Ok(PhoneClient { http: http("authorization", "Bearer ada")?, url: format!("{base}/v1/sessions"), grant: String::new() })
    }

    pub async fn open(&mut self) -> Result<()> {
        let request = self.http.post(&self.url).header("content-type", "application/json").body("{}");
        let answer = request.send().await?.error_for_status()?.bytes().await?;
        let opened: Opened = serde_json::from_slice(&answer)?;
        self.url = format!("{}/{}", self.url, opened.session.id);
        self.grant = opened.grant;
        Ok(())
    }

    pub async fn call(&self) -> Result<usize> {
        let request = self.http.get(&self.url).header("x-agenthuman-grant", &self.grant);
        Ok(request.send().await?.error_for_status()?.bytes().await?.len())
    }
}
