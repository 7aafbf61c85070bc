//! A client as JavaScript holds it, and its calls, each by its number.

use crate::call::{Stepped, Work};
use crate::crossing::{Crossing, NativeStep};
use crate::relay::NativeRelay;
use crate::runtime::runtime;
use agenthuman::ErrorInfo;
use agenthuman::host::{Call, HostClient, HostPager, Step, error_json, no_runtime};
use agenthuman::table::CredentialKind;
use agenthuman_relay::host::{HostRelay, Opened};
use napi::bindgen_prelude::{Either, FnArgs, Function, Uint8Array};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Result, Status};
use napi_derive::napi;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) type Args = FnArgs<(u32, Either<String, NativeStep>)>;
/// The JavaScript function that receives each step. It does not keep the event loop alive: JavaScript does, while calls are in flight.
type OnStep = ThreadsafeFunction<(u32, Crossing), (), Args, Status, false, true>;

#[napi]
pub struct NativeClient {
    client: HostClient,
    calls: Arc<Calls>,
}

/// A request that the table does not know.
#[napi(object, object_to_js = false)]
pub struct NativeRequest {
    pub method: String,
    pub path: String,
    /// JSON.
    pub body: Option<String>,
    pub credential: Option<String>,
}

/// Creates a client from its configuration in JSON, or returns the JSON of the error. `told` receives the number of a call and
/// its step.
#[napi(ts_args_type = "config: string, told: (call: number, step: string | NativeStep) => void")]
pub fn open(config: String, on_step: Function<'_, Args, ()>) -> Result<Either<NativeClient, String>> {
    opened(HostClient::new(&config), on_step)
}

/// A client for tests, whose calls ask for their responses.
#[napi(ts_args_type = "surface: string, told: (call: number, step: string | NativeStep) => void")]
pub fn open_mock(surface: String, on_step: Function<'_, Args, ()>) -> Result<Either<NativeClient, String>> {
    opened(HostClient::mock(&surface), on_step)
}

pub(crate) fn opened(
    client: std::result::Result<HostClient, Box<ErrorInfo>>,
    on_step: Function<'_, Args, ()>,
) -> Result<Either<NativeClient, String>> {
    let client = match client {
        Ok(client) => client,
        Err(error) => return Ok(Either::B(error_json(&error))),
    };
    let on_step = on_step.build_threadsafe_function::<(u32, Crossing)>().weak::<true>().build_callback(|context| {
        let (number, crossing) = context.value;
        if let Crossing::Step(step) = &crossing
            && let Some(items) = &step.items
        {
            items.weigh(context.env);
        }
        Ok(FnArgs::from((number, crossing.into_js())))
    })?;
    let calls = Calls { on_step, under_way: Mutex::default(), opened: Mutex::default() };
    Ok(Either::A(NativeClient { client, calls: Arc::new(calls) }))
}

/// The calls under way.
pub(crate) struct Calls {
    on_step: OnStep,
    under_way: Mutex<Numbered>,
    /// Sessions that the relay has opened, until it is known whether the answer was sent.
    opened: Mutex<HashMap<u32, Opened>>,
}

#[derive(Default)]
struct Numbered {
    last: u32,
    calls: HashMap<u32, Arc<Stepped>>,
}

impl Calls {
    /// `within` are the kinds of credential whose functions of this client the call is made inside.
    fn call(self: &Arc<Calls>, call: Call, is_detailed: bool, within: Option<Vec<String>>) -> Result<u32> {
        for kind in [CredentialKind::ApiKey, CredentialKind::Token] {
            if within.iter().flatten().any(|within| within == kind.as_str()) {
                call.made_within(kind);
            }
        }
        self.begin(Work::Call { call: Box::new(call), is_detailed })
    }

    /// Begins it, and its first step.
    pub fn begin(self: &Arc<Calls>, work: Work) -> Result<u32> {
        let call = Arc::new(Stepped::new(work));
        let number = {
            let mut numbered = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            numbered.last = numbered.last.wrapping_add(1);
            let number = numbered.last;
            numbered.calls.insert(number, call.clone());
            number
        };
        self.step(number, call)?;
        Ok(number)
    }

    fn step(self: &Arc<Calls>, number: u32, call: Arc<Stepped>) -> Result<()> {
        let runtime = match runtime() {
            Ok(runtime) => runtime,
            Err(error) => {
                self.forget(number);
                let (crossing, _) = Crossing::of_call(Step::Done(Err(no_runtime(error))), false);
                self.tell(number, crossing);
                return Ok(());
            }
        };
        let calls = self.clone();
        runtime.spawn(async move {
            let mut crossing = call.advance().await;
            if crossing.is_last() {
                calls.forget(number);
            }
            if let Crossing::Step(step) = &mut crossing
                && let Some(opened) = call.take_opened()
            {
                step.opened = Some(number);
                calls.opened().insert(number, opened);
            }
            calls.tell(number, crossing);
        });
        Ok(())
    }

    fn tell(&self, number: u32, crossing: Crossing) {
        // If the environment has ended, no code waits for the step.
        self.on_step.call((number, crossing), ThreadsafeFunctionCallMode::NonBlocking);
    }

    fn forget(&self, number: u32) -> Option<Arc<Stepped>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).calls.remove(&number)
    }

    pub fn opened(&self) -> MutexGuard<'_, HashMap<u32, Opened>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, number: u32) -> Option<Arc<Stepped>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).calls.get(&number).cloned()
    }
}

#[napi]
impl NativeClient {
    /// Begins a call, and its first step. `detailed` asks how the answer came.
    #[napi]
    pub fn call(
        &self,
        operation: String,
        params: String,
        options: String,
        detailed: bool,
        within: Option<Vec<String>>,
    ) -> Result<u32> {
        self.calls.call(self.client.call(&operation, &params, &options), detailed, within)
    }

    #[napi]
    pub fn request(&self, request: NativeRequest, options: String, detailed: bool, within: Option<Vec<String>>) -> Result<u32> {
        let NativeRequest { method, path, body, credential } = request;
        let call = self.client.request(&method, &path, body.as_deref(), credential.as_deref(), &options);
        self.calls.call(call, detailed, within)
    }

    #[napi]
    pub fn pages(&self, operation: String, params: String, options: String) -> NativePager {
        NativePager { pager: self.client.pages(&operation, &params, &options), calls: self.calls.clone() }
    }

    /// A relay that calls the API with this client, and with the other for rooms; or the JSON of the error.
    #[napi]
    pub fn relay(&self, rooms: Option<&NativeClient>, options: String) -> Either<NativeRelay, String> {
        match HostRelay::new(self.client.clone(), rooms.map(|rooms| rooms.client.clone()), &options) {
            Ok(relay) => Either::A(NativeRelay::new(relay, self.calls.clone())),
            Err(error) => Either::B(error_json(&error)),
        }
    }

    /// Continues a call after a step that was not its last. Returns false if the call was cancelled: then no step follows.
    #[napi]
    pub fn step(&self, call: u32) -> Result<bool> {
        match self.calls.get(call) {
            Some(stepped) => self.calls.step(call, stepped).map(|()| true),
            None => Ok(false),
        }
    }

    /// Drops the call's request at once, and the step in flight is `cancelled`. Returns the call's note, if the interruption
    /// leaves something behind.
    #[napi]
    pub fn cancel(&self, call: u32) -> Option<String> {
        self.calls.forget(call)?.cancel()
    }

    /// Answers the call's question: text, bytes, or nothing if there is no value.
    #[napi]
    pub fn supply(&self, call: u32, value: Option<Either<String, Uint8Array>>) {
        if let Some(stepped) = self.calls.get(call) {
            stepped.supply(value);
        }
    }

    /// The same where it failed: `why` names what failed, and quotes nothing of it.
    #[napi]
    pub fn fail(&self, call: u32, why: String) {
        if let Some(stepped) = self.calls.get(call) {
            stepped.fail(&why);
        }
    }

    #[napi]
    pub fn close(&self) {
        self.client.close();
    }

    /// Returns the base URL and the masked credentials as JSON, for printing.
    #[napi]
    pub fn summary(&self) -> String {
        self.client.summary()
    }
}

#[napi]
pub struct NativePager {
    pager: HostPager,
    calls: Arc<Calls>,
}

#[napi]
impl NativePager {
    /// Begins the call of the next page; nothing after the last.
    #[napi]
    pub fn next(&self, detailed: bool, within: Option<Vec<String>>) -> Result<Option<u32>> {
        self.pager.next().map(|call| self.calls.call(call, detailed, within)).transpose()
    }
}
