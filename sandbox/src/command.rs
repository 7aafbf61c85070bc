//! The command: starts a sandbox, prints how to use it, and runs until it is stopped.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::check::check;
use crate::contract::Contract;
use crate::faults::FaultRule;
use crate::livekit::LiveKit;
use crate::options::{AuthMode, HostName, Minutes, Options, TestApiKeyError};
use crate::plan::Plan;
use crate::rate_limit::RateLimit;
use crate::server::{Running, Sandbox};

const FAULT_HELP: &str = "\
Simulate a failure: OPERATION[@WHEN]:FAULT. May be repeated; if several apply to a call, the first is used.
OPERATION is the name of an operation in /openapi.json, such as sessions.create, or * for any.
WHEN is a share of the calls (10%) or the number of one call (3). Default: every call.
FAULT is one of
  delay=MS          respond later
  hang              never respond
  reset-before      reset the connection without executing the operation
  reset-after       execute the operation, then reset the connection
  truncate          send half of the body, then close the connection
  length=+N, -N     send a Content-Length that is too large or too small by N
  garbage           send a 2xx whose body is not JSON
  status=CODE       respond with 401, 429, 500 or 503; options: ,no-headers and ,no-body
  trickle=MS        send one byte at a time, with a pause after each
The request header x-sandbox-fault sets a FAULT for one request.";

const CONTRACT_HELP: &str = "\
Contract of requests that do not name one and that both have.
The sandbox serves two contracts on one port. The base URL chooses one: URL/rooms or URL/agents. Without that prefix, the
request header x-sandbox-contract does, then what the request contains, and last this option.";

const EXIT_HELP: &str = "\
Stop when standard input is closed.
A program that starts a sandbox passes it a pipe as standard input and keeps the other end open. When that program ends
for any reason, the system closes the pipe, and the sandbox stops. Data from the pipe is ignored.";

const CHECK_HELP: &str = "\
Start nothing, and exit with 0 if the sandbox at this URL responds within 3 seconds.
Such as http://127.0.0.1:8787, for the health check of a container.";

const HOST_HELP: &str = "\
Host name to allow in the Host header, such as the name of a container. May be repeated.
If the sandbox listens on a loopback address, localhost and loopback addresses are always allowed, with any port. Other
names are rejected, since a web page could use them to reach the sandbox. If it listens on another address, all names are
allowed unless this option is used.";

/// Run a local AgentHuman service.
#[derive(Clone, clap::Args)]
pub struct Args {
    /// Address to listen on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub host: IpAddr,
    /// Port to listen on; 0 picks a free port
    #[arg(long, default_value_t = 8787)]
    pub port: u16,
    /// File to keep the data in; by default that of AGENTHUMAN_SANDBOX_DATA, or else the data is in memory and lost when the
    /// sandbox stops
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Requests per minute for each credential, or per number of seconds (60/5), or "off"
    #[arg(long, value_name = "N[/SECONDS]|off", default_value = "60")]
    pub rate_limit: LimitOrOff,
    /// Credentials that the operations accept
    #[arg(long, value_enum, default_value_t = AuthMode::Lenient)]
    pub auth: AuthMode,
    /// API key of the sandbox, which must be a test key; by default generated, and stable for the same data
    #[arg(long, value_name = "KEY", env = "AGENTHUMAN_SANDBOX_API_KEY", hide_env_values = true)]
    pub api_key: Option<String>,
    /// Host name to allow in the Host header, such as the name of a container; may be repeated
    #[arg(long = "allow-host", value_name = "NAME", long_help = HOST_HELP)]
    pub allow_hosts: Vec<HostName>,
    /// Simulate a failure: OPERATION[@WHEN]:FAULT; may be repeated
    #[arg(long = "fault", value_name = "RULE", long_help = FAULT_HELP)]
    pub faults: Vec<FaultRule>,
    /// Contract of requests that do not name one and that both have
    #[arg(long, value_enum, default_value_t = Contract::Agents, long_help = CONTRACT_HELP)]
    pub contract: Contract,
    /// Plan of accounts, which limits sessions in rooms
    #[arg(long, value_enum, default_value_t = Plan::Pro)]
    pub plan: Plan,
    /// Minutes of each month for sessions in rooms, or "off" for no limit; by default those of the plan
    #[arg(long, value_name = "N|off")]
    pub minutes: Option<Minutes>,
    /// LiveKit server that the sandbox names in its responses
    #[arg(long, value_name = "URL", default_value = "ws://127.0.0.1:7880")]
    pub livekit_url: String,
    /// LiveKit API key for the tokens that the sandbox signs
    #[arg(long, value_name = "KEY", default_value = "devkey")]
    pub livekit_key: String,
    /// LiveKit secret that signs them; by default that of LiveKit's development mode
    #[arg(long, value_name = "SECRET", env = "AGENTHUMAN_SANDBOX_LIVEKIT_SECRET", hide_env_values = true)]
    pub livekit_secret: Option<String>,
    /// Stop when standard input is closed, for programs that start a sandbox
    #[arg(long, long_help = EXIT_HELP)]
    pub exit_with_parent: bool,
    /// Print one line of JSON instead of text, and do not print mails
    #[arg(long)]
    pub json: bool,
    /// Start nothing, and exit with 0 if the sandbox at this URL responds within 3 seconds
    #[arg(long, value_name = "URL", long_help = CHECK_HELP)]
    pub check: Option<String>,
}

/// A rate limit, or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitOrOff(pub Option<RateLimit>);

impl std::str::FromStr for LimitOrOff {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            return Ok(Self(None));
        }
        text.parse().map(|limit| Self(Some(limit))).map_err(|_| "must be a number above 0, such as 60, or 60/5, or \"off\"")
    }
}

/// Runs a sandbox until a signal stops it, or with `--exit-with-parent` the end of its standard input.
pub async fn run(mut args: Args) -> ExitCode {
    if let Some(url) = &args.check {
        return match check(url).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("agenthuman-sandbox: {error}");
                ExitCode::FAILURE
            }
        };
    }
    // Not read by clap, which rejects an empty variable. It counts as not set.
    let named = || std::env::var_os("AGENTHUMAN_SANDBOX_DATA").filter(|path| !path.is_empty()).map(PathBuf::from);
    args.data = args.data.or_else(named);
    // Not parsed by clap, whose error would repeat the key. An empty variable counts as not set.
    let api_key = match args.api_key.as_deref().filter(|key| !key.is_empty()).map(str::parse).transpose() {
        Ok(api_key) => api_key,
        Err(error) => {
            let error: TestApiKeyError = error;
            eprintln!("agenthuman-sandbox: --api-key: {error}");
            return ExitCode::FAILURE;
        }
    };
    let options = Options {
        host: args.host,
        port: args.port,
        data: args.data.clone(),
        rate_limit: args.rate_limit.0,
        auth: args.auth,
        print_mail: !args.json,
        api_key,
        allow_hosts: args.allow_hosts.clone(),
        faults: args.faults.clone(),
        contract: args.contract,
        plan: args.plan,
        minutes: args.minutes.unwrap_or(Minutes::OfPlan),
        livekit: LiveKit {
            url: args.livekit_url.clone(),
            key: args.livekit_key.clone(),
            secret: args.livekit_secret.clone().filter(|secret| !secret.is_empty()).unwrap_or(LiveKit::default().secret),
        },
    };
    let running = match Sandbox::start(options).await {
        Ok(running) => running,
        Err(error) => {
            eprintln!("agenthuman-sandbox: {error}");
            return ExitCode::FAILURE;
        }
    };
    if !args.host.is_loopback() {
        eprintln!(
            "agenthuman-sandbox: warning: the sandbox listens on {}, so every machine that can reach this one can use it. \
             Its controls (/sandbox/…, the mailbox, faults) are disabled. Signing in on its pages needs https, since its \
             cookies are for https only.",
            args.host
        );
    }
    let greeting = if args.json { as_json(&running) } else { banner(&running, &args) };
    // The parent may have closed the output. The sandbox runs anyway.
    let _ = writeln!(std::io::stdout(), "{greeting}");
    let _ = std::io::stdout().flush();
    if args.exit_with_parent {
        tokio::select! {
            () = until_stopped() => {}
            () = input_closed() => {}
        }
    } else {
        until_stopped().await;
    }
    running.stop().await;
    ExitCode::SUCCESS
}

fn as_json(running: &Running) -> String {
    serde_json::json!({
        "url": running.url(),
        "api_key": running.api_key(),
        "token": running.token(),
        "email": running.email(),
    })
    .to_string()
}

fn banner(running: &Running, args: &Args) -> String {
    let url = running.url();
    let data = match &args.data {
        Some(path) => format!("in {}", path.display()),
        None => "in memory (--data FILE keeps it)".to_owned(),
    };
    // The mailbox is disabled if other machines can reach the sandbox.
    let (code, mailbox) = match args.host.is_loopback() {
        true => ("from the mailbox", format!("Mailbox     {url}/mailbox\n")),
        false => ("printed here", String::new()),
    };
    format!(
        "AgentHuman sandbox on {url}\n\n  \
           export AGENTHUMAN_BASE_URL={url}\n  \
           export AGENTHUMAN_API_KEY={}\n\n\
         Dashboard   {url}/ (sign in as {} with a code {code})\n\
         Playground  {url}/playground\n\
         {mailbox}API         {url}/openapi.json\n\
         Rooms       {url}/rooms (the base URL for sessions in rooms)\n\
         Data        {data}\n\n\
         Ctrl-C stops it.",
        running.api_key(),
        running.email(),
    )
}

/// Waits for the end of standard input. A separate thread reads it, since the runtime waits for its own threads when it
/// shuts down, and reading from standard input is not cancellable.
async fn input_closed() {
    let (ended, end) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // An error ends the input, too.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = ended.send(());
    });
    let _ = end.await;
}

/// Waits for Ctrl-C or SIGTERM.
#[cfg(unix)]
pub async fn until_stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub async fn until_stopped() {
    let _ = tokio::signal::ctrl_c().await;
}
