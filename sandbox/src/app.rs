//! The state that all requests to a sandbox share.

use std::sync::Arc;

use tokio::sync::watch;

use crate::activity::Activity;
use crate::body::LargeBodies;
use crate::clock::Clock;
use crate::contract::Contract;
use crate::error::ApiError;
use crate::faults::{FaultRule, Faults};
use crate::guard::Guard;
use crate::livekit::LiveKit;
use crate::options::{AuthMode, TestApiKey};
use crate::rate_limit::RateLimiter;
use crate::replies::Replies;
use crate::seed;
use crate::store::Store;
use crate::token::{NewToken, TokenKey};

/// The state of a sandbox.
pub struct App {
    pub store: Store,
    pub clock: Arc<Clock>,
    pub tokens: TokenKey,
    pub limiter: Option<RateLimiter>,
    pub auth: AuthMode,
    pub contract: Contract,
    pub livekit: LiveKit,
    pub print_mail: bool,
    pub secure_cookies: bool,
    pub activity: Activity,
    pub faults: Faults,
    pub replies: Replies,
    pub large_bodies: LargeBodies,
    pub guard: Guard,
    pub start_up_faults: Vec<FaultRule>,
    pub stopping: watch::Receiver<()>,
}

impl App {
    pub fn start_up_credentials(&self, fixed: Option<&TestApiKey>, secret: &[u8]) -> Result<(String, String), String> {
        let failed = |_: ApiError| "the start-up credentials could not be stored".to_owned();
        let user = self.store.user_by_email(seed::EMAIL).map_err(failed)?.ok_or("the developer's account is missing")?;
        let key = self.store.start_up_key(user.id, fixed, secret).map_err(failed)?;
        let token = self.start_up_token().map_err(failed)?;
        Ok((key, token.token))
    }

    pub fn start_up_token(&self) -> Result<NewToken, ApiError> {
        self.tokens.issue(seed::USER, self.clock.now_unix())
    }

    pub fn set_start_up_faults(&self) -> Result<(), String> {
        if !self.start_up_faults.is_empty() && !self.guard.is_local() {
            return Err("faults are allowed only if the sandbox listens on a loopback address".to_owned());
        }
        self.faults.set(&self.start_up_faults)
    }

    /// Restores the state after the start: data, clock, faults, replies and limits.
    pub fn reset(&self) -> Result<(), ApiError> {
        self.clock.reset();
        self.store.reset()?;
        self.activity.reset();
        self.replies.clear();
        if let Some(limiter) = &self.limiter {
            limiter.reset();
        }
        self.set_start_up_faults().map_err(ApiError::bad_request)
    }

    /// Completes when the sandbox stops.
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut stopping = self.stopping.clone();
        async move { while stopping.changed().await.is_ok() {} }
    }
}
