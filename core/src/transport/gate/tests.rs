use super::state::RECHECK;
use super::*;
use crate::transport::limit::RateLimit;
use futures_util::FutureExt;
use std::sync::atomic::{AtomicU64, Ordering};

const MINUTE: Duration = Duration::from_secs(60);
const PATIENCE: Patience = Patience::WithoutProgress(Duration::from_secs(120));

fn limit_of(status: u16, pairs: &[(&'static str, String)]) -> RateLimit {
    let headers = pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()));
    RateLimit::read(status, &headers.collect())
}

fn window(status: u16, remaining: u64, resets_in: u64) -> RateLimit {
    let pairs = [("x-ratelimit-remaining", remaining.to_string()), ("x-ratelimit-reset", resets_in.to_string())];
    limit_of(status, &pairs)
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
            let mut pairs =
                vec![("x-ratelimit-remaining", (self.limit - *used).to_string()), ("x-ratelimit-reset", resets_in.to_string())];
            if self.has_limit_header {
                pairs.push(("x-ratelimit-limit", self.limit.to_string()));
            }
            (status, pairs)
        };
        self.refused.fetch_add(u64::from(status == 429), Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(fastrand::u64(1..200))).await;
        (status, limit_of(status, &pairs))
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
        let (status, limit) = service.answer().await;
        permit.answered(status, &limit);
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

/// A gate that lets no call through for that many seconds.
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
    for limit in [limit_of(200, &[]), limit_of(200, &[("x-ratelimit-remaining", "0".into())]), window(200, 0, 0)] {
        gate.try_enter(&Turn::default()).unwrap().answered(200, &limit);
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
