//! The command: starts a sandbox, says how to use it, and waits to be stopped.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::faults::FaultRule;
use crate::options::{AuthMode, HostName, Options, TestApiKeyError};
use crate::server::{Running, Sandbox};

const FAULT_HELP: &str = "\
A fault to answer with, as OPERATION[@WHEN]:FAULT; may be repeated, and the first that is due counts.
OPERATION is a name of /openapi.json, such as sessions.create, or * for any.
WHEN is a share of the calls (10%) or the number of one (3); without it, every call.
FAULT is one of
  delay=MS          answer later
  hang              never answer
  reset-before      reset the connection; nothing was done
  reset-after       do the work, then reset the connection
  truncate          send half of the body, then close
  length=+N, -N     a Content-Length that is N too large or too small
  garbage           a 2xx whose body is not JSON
  status=CODE       401, 429, 500 or 503; with ,no-headers and ,no-body if wanted
  trickle=MS        send a byte at a time, with a pause after each
A request's header x-sandbox-fault holds a FAULT for that request alone.";

const EXIT_HELP: &str = "\
Stop when standard input is closed.
A program that starts a sandbox gives it a pipe as standard input and keeps the other end open. However that program
ends, the system closes the pipe, and the sandbox stops too. What comes through the pipe is ignored.";

const HOST_HELP: &str = "\
Name that requests may have in the header Host, such as that of a container; may be repeated.
On a loopback address, localhost and loopback addresses are always allowed, with any port, and no other name is: a web
page could use one to reach the sandbox. On another address every name is allowed, unless this option is used.";

/// Run a local AgentHuman service.
#[derive(Clone, clap::Args)]
pub struct Args {
    /// Address to listen on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub host: IpAddr,
    /// Port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 8787)]
    pub port: u16,
    /// File that keeps the data; without it everything is forgotten at the end
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Requests a minute for each credential, or "off"
    #[arg(long, value_name = "N|off", default_value = "60")]
    pub rate_limit: RateLimit,
    /// Which credentials the operations accept
    #[arg(long, value_enum, default_value_t = AuthMode::Lenient)]
    pub auth: AuthMode,
    /// API key to start with, a test key of your own; by default one that stays the same for the same data
    #[arg(long, value_name = "KEY", env = "AGENTHUMAN_SANDBOX_API_KEY", hide_env_values = true)]
    pub api_key: Option<String>,
    /// Name that requests may have in the header Host, such as that of a container; may be repeated
    #[arg(long = "allow-host", value_name = "NAME", long_help = HOST_HELP)]
    pub allow_hosts: Vec<HostName>,
    /// A fault to answer with, as OPERATION[@WHEN]:FAULT; may be repeated
    #[arg(long = "fault", value_name = "RULE", long_help = FAULT_HELP)]
    pub faults: Vec<FaultRule>,
    /// Stop when standard input is closed, for programs that start a sandbox
    #[arg(long, long_help = EXIT_HELP)]
    pub exit_with_parent: bool,
    /// Print one line of JSON instead of text, and no mails
    #[arg(long)]
    pub json: bool,
}

/// A number of requests a minute, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit(pub Option<u32>);

impl std::str::FromStr for RateLimit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            _ if text == "off" => Ok(Self(None)),
            Ok(limit) if limit > 0 => Ok(Self(Some(limit))),
            _ => Err("must be a number above 0, or \"off\""),
        }
    }
}

/// Runs until it is stopped by a signal, or by the end of its input if that was asked for.
pub async fn run(args: Args) -> ExitCode {
    // Checked here and not by clap, whose error would repeat the key. A variable that is empty counts as not set.
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
            "agenthuman-sandbox: warning: it listens on {}, so every machine that can reach this one can use it. What \
             controls it (/sandbox/…, the mailbox, faults) is off there. Signing in on its pages needs https, since its \
             cookies are for https only.",
            args.host
        );
    }
    let greeting = if args.json { as_json(&running) } else { banner(&running, &args) };
    // Whoever started us may have closed our output; that is no reason to stop serving.
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
        Some(path) => format!("kept in {}", path.display()),
        None => "in memory, forgotten at the end (--data FILE keeps it)".to_owned(),
    };
    // Where others may reach it, there is no mailbox.
    let (code, mailbox) = match args.host.is_loopback() {
        true => ("from the mailbox", format!("Mailbox     {url}/mailbox\n")),
        false => ("that is printed here", String::new()),
    };
    format!(
        "AgentHuman sandbox on {url}\n\n  \
           export AGENTHUMAN_BASE_URL={url}\n  \
           export AGENTHUMAN_API_KEY={}\n\n\
         Dashboard   {url}/ (sign in as {} with a code {code})\n\
         Playground  {url}/playground\n\
         {mailbox}API         {url}/openapi.json\n\
         Data        {data}\n\n\
         Ctrl-C stops it.",
        running.api_key(),
        running.email(),
    )
}

/// Waits for the end of standard input. A thread of its own reads it, since the runtime waits for its own threads when it
/// ends, and a read of standard input cannot be cancelled.
async fn input_closed() {
    let (ended, end) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // An error is an end too: nothing more can come.
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
