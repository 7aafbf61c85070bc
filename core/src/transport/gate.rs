//! Admits calls as fast as the service's rate limit allows, first come first served.
//!
//! A gate lets calls through freely until a response describes the limit. From then on it lets through as many as remain
//! in the window, less those in flight, which the service may not have counted yet; the others queue until the window
//! ends. What the service says remains is always believed, since other processes may use the same credential.

use super::limit::RateLimit;
use crate::vocabulary::CredentialKind;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// How long calls are admitted on an assumption after a window has ended, until a response describes the next one.
const ASSUMED: Duration = Duration::from_secs(5);
/// By how much the end of a window may vary between responses: `Date` has whole seconds, and responses take time.
const SAME_WINDOW: Duration = Duration::from_millis(1500);
/// How often one call asks the service again while a window is so long that no call waits for its end.
const RECHECK: Duration = Duration::from_secs(60);
/// Shorter waits are not reported.
const UNREPORTED: Duration = Duration::from_millis(100);
/// How long a warning about refusals without a hint lasts.
const UNKNOWN_WINDOW: Duration = Duration::from_secs(60);

/// One gate for each kind of credential, and one for calls without any.
#[derive(Default)]
pub(crate) struct Limiter([Gate; 3]);

impl Limiter {
    pub fn gate(&self, credential: Option<CredentialKind>) -> &Gate {
        &self.0[credential.map_or(0, |kind| kind as usize + 1)]
    }
}

#[derive(Default)]
pub(crate) struct Gate(Mutex<State>);

#[derive(Default)]
struct State {
    window: Option<Window>,
    /// Requests in one window, as far as known.
    limit: u64,
    /// Changes when a window ends. What was admitted before that does not count against the next window.
    generation: u64,
    /// Admitted in this generation, and not answered yet.
    in_flight: u64,
    /// When the service last accepted a request.
    accepted_at: Option<Instant>,
    /// Until when no further warning is due.
    warned_until: Option<Instant>,
    last_ticket: u64,
    waiting: BTreeMap<u64, Arc<Notify>>,
    /// Admitted out of the queue, with the generation, and not noticed by the call yet.
    admitted: HashMap<u64, u64>,
}

#[derive(Clone, Copy)]
struct Window {
    remaining: u64,
    ends: Instant,
    /// Assumed after the end of the one before, until a response describes it.
    is_assumed: bool,
    /// When a call last asked the service whether this is still so.
    checked_at: Instant,
}

/// How long a call is ready to wait.
#[derive(Clone, Copy)]
pub(crate) enum Patience {
    /// This long without the service accepting any request.
    WithoutProgress(Duration),
    /// Until its deadline.
    Until(Instant),
}

/// A call's place in the queue, which it keeps if the service refuses it after all.
#[derive(Default)]
pub(crate) struct Turn {
    ticket: Option<u64>,
    since: Option<Instant>,
    waited: bool,
    /// How often the service refused this call because of the limit.
    pub refusals: u32,
}

/// A wait to report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Delay {
    pub wait: Duration,
    pub queued: usize,
    /// Whether it is the first that is reported of this window.
    pub is_first: bool,
}

/// Waiting would take longer than the call's patience.
#[derive(Debug)]
pub(crate) struct TooLong {
    pub opens_in: Duration,
}

/// That a call may send one request.
pub(crate) struct Permit<'a> {
    gate: &'a Gate,
    generation: u64,
    is_open: bool,
}

impl Gate {
    /// A permit without waiting, if nobody waits.
    pub fn try_enter(&self, turn: &Turn) -> Option<Permit<'_>> {
        let mut state = self.state();
        state.roll(Instant::now());
        let is_next = state.waiting.first_key_value().is_none_or(|(first, _)| turn.ticket.is_some_and(|mine| mine < *first));
        (is_next && state.has_room()).then(|| self.permit(state.take()))
    }

    /// Waits for a permit. `report` receives the wait once for each window that the call waits through.
    ///
    /// # Errors
    /// If the wait would be too long.
    pub async fn enter(&self, turn: &mut Turn, patience: Patience, mut report: impl FnMut(Delay)) -> Result<Permit<'_>, TooLong> {
        let began = Instant::now();
        turn.since.get_or_insert(began);
        let changed = Arc::new(Notify::new());
        let queued = self.queue(turn, changed.clone());
        turn.waited = true;
        let mut reported = None;
        loop {
            let now = Instant::now();
            let (wake_at, delay) = {
                let mut state = self.state();
                state.roll(now);
                state.admit();
                if let Some(generation) = state.admitted.remove(&queued.ticket) {
                    return Ok(self.permit(generation));
                }
                let Some(window) = state.window else {
                    // Without a window everybody is admitted, so this is not reached.
                    return Ok(self.permit(state.take()));
                };
                if state.is_too_long(window.ends, turn, patience) {
                    // An assumption is no reason to fail.
                    if window.is_assumed || state.is_check_due(now) {
                        return Ok(self.permit(state.take()));
                    }
                    return Err(TooLong { opens_in: window.ends.saturating_duration_since(now) });
                }
                let report_at = began + UNREPORTED;
                if window.is_assumed || reported == Some(state.generation) {
                    (window.ends, None)
                } else if now < report_at {
                    (window.ends.min(report_at), None)
                } else {
                    reported = Some(state.generation);
                    (window.ends, Some(state.delay(window.ends.saturating_duration_since(now), window.ends)))
                }
            };
            if let Some(delay) = delay {
                report(delay);
            }
            tokio::select! {
                () = changed.notified() => {}
                () = sleep_until(wake_at) => {}
            }
        }
    }

    /// How long a call whose request was refused has to wait before it may queue again: nothing if the gate is closed for
    /// the backoff at least.
    ///
    /// # Errors
    /// If the wait would be too long.
    pub fn pause(
        &self,
        turn: &mut Turn,
        patience: Patience,
        hint: Option<Duration>,
        backoff: Duration,
    ) -> Result<Option<Delay>, TooLong> {
        let now = Instant::now();
        turn.since.get_or_insert(now);
        let pause = hint.unwrap_or_default().max(backoff);
        let mut state = self.state();
        state.roll(now);
        if state.is_too_long(now + pause, turn, patience) {
            return Err(TooLong { opens_in: pause });
        }
        let is_closed =
            state.window.is_some_and(|window| !window.is_assumed && window.ends >= now + backoff && !state.has_room());
        Ok((!is_closed).then(|| state.delay(pause, now + UNKNOWN_WINDOW)))
    }

    /// Closes the gate for calls not yet sent: a request was refused, and no count of what remains came with it.
    pub fn close(&self, wait: Duration) {
        let mut state = self.state();
        let now = Instant::now();
        state.roll(now);
        let ends = now + wait;
        if state.window.is_none_or(|window| window.is_assumed || window.remaining > 0 || window.ends < ends) {
            state.open_window(Window { remaining: 0, ends, is_assumed: false, checked_at: now });
        }
    }

    /// Discards what is known of the limit: another credential is used from here on.
    pub fn reset(&self) {
        let mut state = self.state();
        state.window = None;
        state.limit = 0;
        state.accepted_at = None;
        state.next_generation();
        state.admit();
    }

    fn queue(&self, turn: &mut Turn, changed: Arc<Notify>) -> Queued<'_> {
        let mut state = self.state();
        let ticket = *turn.ticket.get_or_insert_with(|| {
            state.last_ticket += 1;
            state.last_ticket
        });
        state.waiting.insert(ticket, changed);
        Queued { gate: self, ticket }
    }

    fn permit(&self, generation: u64) -> Permit<'_> {
        Permit { gate: self, generation, is_open: true }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Whether the call has waited since this was last asked.
    pub fn take_waited(&mut self) -> bool {
        std::mem::take(&mut self.waited)
    }
}

impl<'a> Permit<'a> {
    pub fn gate(&self) -> &'a Gate {
        self.gate
    }

    /// Takes in what the response to the request says.
    pub fn answered(&mut self, status: u16, told: &RateLimit) {
        self.is_open = false;
        let now = Instant::now();
        let mut state = self.gate.state();
        state.roll(now);
        state.release(self.generation);
        let is_accepted = status != 429;
        if is_accepted {
            state.accepted_at = Some(now);
        }
        state.learn(told, is_accepted, now);
        state.admit();
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.is_open {
            let mut state = self.gate.state();
            state.release(self.generation);
            state.admit();
        }
    }
}

/// A call in the queue, which it leaves when this is dropped.
struct Queued<'a> {
    gate: &'a Gate,
    ticket: u64,
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        let mut state = self.gate.state();
        state.waiting.remove(&self.ticket);
        if let Some(generation) = state.admitted.remove(&self.ticket) {
            state.release(generation);
            state.admit();
        }
    }
}

impl State {
    /// Begins another window if this one has ended.
    fn roll(&mut self, now: Instant) {
        if let Some(window) = self.window
            && window.ends <= now
        {
            self.next_generation();
            let ends = now + ASSUMED;
            self.window = Some(Window { remaining: self.limit.max(1), ends, is_assumed: true, checked_at: now });
        }
    }

    fn next_generation(&mut self) {
        self.generation += 1;
        self.in_flight = 0;
    }

    fn has_room(&self) -> bool {
        self.window.is_none_or(|window| window.remaining > self.in_flight)
    }

    fn take(&mut self) -> u64 {
        self.in_flight += 1;
        self.generation
    }

    fn release(&mut self, generation: u64) {
        if generation == self.generation {
            self.in_flight = self.in_flight.saturating_sub(1);
        }
    }

    /// Admits those who wait, as far as there is room.
    fn admit(&mut self) {
        while self.has_room()
            && let Some((ticket, changed)) = self.waiting.pop_first()
        {
            let generation = self.take();
            self.admitted.insert(ticket, generation);
            changed.notify_one();
        }
    }

    fn learn(&mut self, told: &RateLimit, is_accepted: bool, now: Instant) {
        let resets_in = told.closed_for().or(told.resets_in).filter(|wait| !wait.is_zero());
        let (Some(remaining), Some(resets_in)) = (told.remaining, resets_in) else {
            // The service accepts requests and does not describe a limit any more.
            if is_accepted && self.window.is_some_and(|window| window.is_assumed) {
                self.window = None;
            }
            return;
        };
        self.limit = told.limit.unwrap_or_else(|| self.limit.max(remaining.saturating_add(1)));
        let ends = now + resets_in;
        match &mut self.window {
            Some(window) if !window.is_assumed && ends <= window.ends + SAME_WINDOW && window.ends <= ends + SAME_WINDOW => {
                // Responses may arrive in another order than they were sent in.
                window.remaining = window.remaining.min(remaining);
            }
            _ => self.open_window(Window { remaining, ends, is_assumed: false, checked_at: now }),
        }
    }

    fn open_window(&mut self, window: Window) {
        self.window = Some(window);
        // Everyone who waits has to see how long it takes now.
        self.waiting.values().for_each(|changed| changed.notify_one());
    }

    /// Whether the call has no patience for a gate that is closed until then.
    fn is_too_long(&self, until: Instant, turn: &Turn, patience: Patience) -> bool {
        match patience {
            Patience::WithoutProgress(longest) => {
                let closed_since = turn.since.max(self.accepted_at);
                closed_since.is_some_and(|since| until.saturating_duration_since(since) > longest)
            }
            Patience::Until(deadline) => until >= deadline,
        }
    }

    /// Whether it is time to ask the service again although the window has not ended.
    fn is_check_due(&mut self, now: Instant) -> bool {
        let Some(window) = &mut self.window else { return false };
        let is_due = now.saturating_duration_since(window.checked_at) >= RECHECK;
        if is_due {
            window.checked_at = now;
        }
        is_due
    }

    /// The report of a wait; if it is the first, no other one is before `warned_until`.
    fn delay(&mut self, wait: Duration, warned_until: Instant) -> Delay {
        let is_first = self.warned_until.is_none_or(|until| until <= Instant::now());
        if is_first {
            self.warned_until = Some(warned_until);
        }
        Delay { wait, queued: self.waiting.len().max(1), is_first }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::sync::atomic::{AtomicU64, Ordering};

    const MINUTE: Duration = Duration::from_secs(60);
    const PATIENCE: Patience = Patience::WithoutProgress(Duration::from_secs(120));

    fn told(status: u16, pairs: &[(&'static str, String)]) -> RateLimit {
        let headers = pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()));
        RateLimit::read(status, &headers.collect())
    }

    fn window(status: u16, remaining: u64, resets_in: u64) -> RateLimit {
        let pairs = [("x-ratelimit-remaining", remaining.to_string()), ("x-ratelimit-reset", resets_in.to_string())];
        told(status, &pairs)
    }

    /// A service with fixed windows of a minute, which begin with a request.
    struct Service {
        limit: u64,
        state: Mutex<(Option<Instant>, u64)>,
        refused: AtomicU64,
        /// Whether it says what its limit is.
        has_limit_header: bool,
    }

    impl Service {
        fn new(limit: u64, has_limit_header: bool) -> Arc<Service> {
            Arc::new(Service { limit, state: Mutex::default(), refused: AtomicU64::new(0), has_limit_header })
        }

        async fn answer(&self) -> (u16, RateLimit) {
            tokio::time::sleep(Duration::from_millis(fastrand::u64(1..200))).await;
            let (status, pairs) = {
                let mut state = self.state.lock().unwrap();
                let (began, used) = &mut *state;
                let now = Instant::now();
                if began.is_none_or(|began| now >= began + MINUTE) {
                    (*began, *used) = (Some(now), 0);
                }
                let status = if *used < self.limit { 200 } else { 429 };
                *used += u64::from(status == 200);
                let resets_in = (began.unwrap() + MINUTE - now).as_secs() + 1;
                let mut pairs = vec![
                    ("x-ratelimit-remaining", (self.limit - *used).to_string()),
                    ("x-ratelimit-reset", resets_in.to_string()),
                ];
                if self.has_limit_header {
                    pairs.push(("x-ratelimit-limit", self.limit.to_string()));
                }
                (status, pairs)
            };
            self.refused.fetch_add(u64::from(status == 429), Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(fastrand::u64(1..200))).await;
            (status, told(status, &pairs))
        }
    }

    /// Calls until the service accepts one.
    async fn call(gate: &Gate, service: &Service) -> Result<(), TooLong> {
        let mut turn = Turn::default();
        loop {
            let mut permit = match gate.try_enter(&turn) {
                Some(permit) => permit,
                None => gate.enter(&mut turn, PATIENCE, |_| ()).await?,
            };
            let (status, told) = service.answer().await;
            permit.answered(status, &told);
            if status == 200 {
                return Ok(());
            }
        }
    }

    async fn calls(gate: &Arc<Gate>, service: &Arc<Service>, count: usize) {
        let calls: Vec<_> = (0..count)
            .map(|_| {
                let (gate, service) = (gate.clone(), service.clone());
                tokio::spawn(async move { call(&gate, &service).await })
            })
            .collect();
        for call in calls {
            call.await.unwrap().unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn two_hundred_calls_at_once_take_four_windows() {
        for has_limit_header in [true, false] {
            let (gate, service) = (Arc::new(Gate::default()), Service::new(60, has_limit_header));
            let began = Instant::now();
            calls(&gate, &service, 200).await;
            assert_eq!(began.elapsed().as_secs() / 60, 3);
            // Only those that were sent before the first response came.
            assert!(service.refused.load(Ordering::Relaxed) <= 140, "{:?}", service.refused);
            let state = gate.state();
            assert!(state.waiting.is_empty() && state.admitted.is_empty());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn calls_after_the_first_response_are_never_refused() {
        let (gate, service) = (Arc::new(Gate::default()), Service::new(60, true));
        call(&gate, &service).await.unwrap();
        calls(&gate, &service, 199).await;
        assert_eq!(service.refused.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn clients_that_share_a_limit_all_get_through() {
        let service = Service::new(60, true);
        let gates = [Arc::new(Gate::default()), Arc::new(Gate::default())];
        tokio::join!(calls(&gates[0], &service, 100), calls(&gates[1], &service, 100));
    }

    /// A gate that lets nobody through for that many seconds.
    fn closed(seconds: u64) -> Gate {
        let gate = Gate::default();
        gate.try_enter(&Turn::default()).unwrap().answered(200, &window(200, 0, seconds));
        gate
    }

    #[tokio::test(start_paused = true)]
    async fn the_queue_is_fair_and_a_dropped_call_leaves_it() {
        let gate = Arc::new(closed(1));
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut calls = Vec::new();
        for number in 0..5 {
            let (gate, order) = (gate.clone(), order.clone());
            calls.push(tokio::spawn(async move {
                let mut permit = gate.enter(&mut Turn::default(), PATIENCE, |_| ()).await.unwrap();
                order.lock().unwrap().push(number);
                permit.answered(200, &window(200, 0, 1));
            }));
            tokio::task::yield_now().await;
        }
        calls.remove(1).abort();
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(gate.state().waiting.len(), 4);
        for call in calls {
            call.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [0, 2, 3, 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_was_admitted_and_dropped_gives_its_place_to_the_next() {
        let gate = closed(1);
        gate.state().limit = 1;
        let (mut first, mut second) = (Turn::default(), Turn::default());
        {
            let mut first = Box::pin(gate.enter(&mut first, PATIENCE, |_| ()));
            let mut second = Box::pin(gate.enter(&mut second, PATIENCE, |_| ()));
            assert!(first.as_mut().now_or_never().is_none());
            assert!(second.as_mut().now_or_never().is_none());
            tokio::time::advance(Duration::from_secs(1)).await;
            // The second one runs first, and finds that it is the first one's turn.
            assert!(second.as_mut().now_or_never().is_none());
            drop(first);
            assert!(second.as_mut().now_or_never().is_some());
        }
        let state = gate.state();
        assert!(state.waiting.is_empty() && state.admitted.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn calls_in_flight_count_against_what_remains() {
        let gate = Gate::default();
        gate.try_enter(&Turn::default()).unwrap().answered(200, &window(200, 2, 60));
        let permits: Vec<_> = (0..3).map(|_| gate.try_enter(&Turn::default())).collect();
        assert_eq!(permits.iter().flatten().count(), 2);
        drop(permits);
        assert!(gate.try_enter(&Turn::default()).is_some(), "what was not answered does not count");
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_response_does_not_raise_what_remains() {
        let gate = Gate::default();
        let mut late = gate.try_enter(&Turn::default()).unwrap();
        gate.try_enter(&Turn::default()).unwrap().answered(200, &window(200, 0, 60));
        late.answered(200, &window(200, 1, 60));
        assert!(gate.try_enter(&Turn::default()).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_sees_no_limit_does_not_pace() {
        let gate = Gate::default();
        for told in [told(200, &[]), told(200, &[("x-ratelimit-remaining", "0".into())]), window(200, 0, 0)] {
            gate.try_enter(&Turn::default()).unwrap().answered(200, &told);
            let permits: Vec<_> = (0..1000).map(|_| gate.try_enter(&Turn::default()).unwrap()).collect();
            drop(permits);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_over_the_bound_fails_at_once_and_the_service_is_asked_again_later() {
        let gate = closed(3600);
        let began = Instant::now();
        let enter = || async { gate.enter(&mut Turn::default(), PATIENCE, |_| ()).await.map(drop) };
        assert_eq!(enter().await.unwrap_err().opens_in, Duration::from_secs(3600));
        assert_eq!(began.elapsed(), Duration::ZERO);
        tokio::time::advance(RECHECK).await;
        enter().await.unwrap();
        enter().await.unwrap_err();
    }

    #[tokio::test(start_paused = true)]
    async fn without_patience_a_closed_gate_fails_and_an_assumption_does_not() {
        let gate = closed(60);
        let none = Patience::WithoutProgress(Duration::ZERO);
        assert!(gate.enter(&mut Turn::default(), none, |_| ()).await.is_err());
        tokio::time::advance(MINUTE).await;
        let first = gate.enter(&mut Turn::default(), none, |_| ()).await.unwrap();
        let second = gate.enter(&mut Turn::default(), none, |_| ()).await.unwrap();
        drop((first, second));
    }

    #[tokio::test(start_paused = true)]
    async fn the_bound_is_on_waiting_without_progress() {
        // Another process takes every request of each window.
        let gate = closed(60);
        let mut turn = Turn::default();
        let began = Instant::now();
        loop {
            match gate.enter(&mut turn, PATIENCE, |_| ()).await {
                Ok(mut permit) => permit.answered(429, &window(429, 0, 60)),
                Err(TooLong { opens_in }) => break assert_eq!(opens_in, MINUTE),
            }
        }
        assert_eq!(began.elapsed(), 2 * MINUTE);
    }

    #[tokio::test(start_paused = true)]
    async fn each_window_is_reported_to_each_call_and_once_as_the_first() {
        let gate = Arc::new(closed(60));
        let reports = Arc::new(Mutex::new(Vec::new()));
        let calls: Vec<_> = (0..3)
            .map(|_| {
                let (gate, reports) = (gate.clone(), reports.clone());
                tokio::spawn(async move {
                    let report = |delay| reports.lock().unwrap().push(delay);
                    let mut permit = gate.enter(&mut Turn::default(), PATIENCE, report).await.unwrap();
                    permit.answered(200, &window(200, 0, 60));
                })
            })
            .collect();
        for call in calls {
            call.await.unwrap();
        }
        let reports = reports.lock().unwrap();
        let wait = Duration::from_secs(60) - UNREPORTED;
        assert_eq!(reports[0], Delay { wait, queued: 3, is_first: true });
        assert_eq!(reports.iter().map(|report| report.queued).collect::<Vec<_>>(), [3, 3, 3, 2, 2, 1]);
        assert_eq!(reports.iter().filter(|report| report.is_first).count(), 3);
    }
}
