//! The command: starts a sandbox, says how to use it, and waits to be stopped.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::options::{AuthMode, Options};
use crate::server::{Running, Sandbox};

/// Run a local AgentHuman service.
#[derive(Debug, Clone, clap::Args)]
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

/// Runs until Ctrl-C or SIGTERM.
pub async fn run(args: Args) -> ExitCode {
    let options = Options {
        host: args.host,
        port: args.port,
        data: args.data.clone(),
        rate_limit: args.rate_limit.0,
        auth: args.auth,
        print_mail: !args.json,
    };
    let running = match Sandbox::start(options).await {
        Ok(running) => running,
        Err(error) => {
            eprintln!("agenthuman-sandbox: {error}");
            return ExitCode::FAILURE;
        }
    };
    let greeting = if args.json { as_json(&running) } else { banner(&running, &args) };
    // Whoever started us may have closed our output; that is no reason to stop serving.
    let _ = writeln!(std::io::stdout(), "{greeting}");
    let _ = std::io::stdout().flush();
    until_stopped().await;
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
    format!(
        "AgentHuman sandbox on {url}\n\n  \
           export AGENTHUMAN_BASE_URL={url}\n  \
           export AGENTHUMAN_API_KEY={}\n\n\
         Account  {} (sign in with a code from the mailbox)\n\
         Mailbox  {url}/mailbox\n\
         API      {url}/openapi.json\n\
         Data     {data}\n\n\
         Ctrl-C stops it.",
        running.api_key(),
        running.email(),
    )
}

#[cfg(unix)]
async fn until_stopped() {
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

#[cfg(not(unix))]
async fn until_stopped() {
    let _ = tokio::signal::ctrl_c().await;
}
