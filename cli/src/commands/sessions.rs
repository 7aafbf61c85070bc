//! `agenthuman sessions`: lists sessions.

use crate::client;
use crate::failure::Failure;
use crate::global::Global;
use crate::output::{Output, Table, minute};
use agenthuman::api::sessions::{ListSessions, Session};
use serde_json::{Value, json};
use std::process::ExitCode;

pub const AFTER_HELP: &str = "These commands use the API key in AGENTHUMAN_API_KEY or --api-key-file.";

/// The maximum size of a page.
const LARGEST_PAGE: usize = 200;

#[derive(clap::Subcommand)]
pub enum Command {
    /// List sessions, the newest first
    #[command(after_help = AFTER_HELP)]
    List(ListArgs),
}

#[derive(clap::Args)]
pub struct ListArgs {
    /// Only the sessions of this agent
    #[arg(long, value_name = "ID")]
    agent: Option<String>,
    /// Only the sessions with this status
    #[arg(long, value_enum, default_value_t = Status::All)]
    status: Status,
    /// Maximum number of sessions to show
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Status {
    All,
    Active,
    Completed,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Status::All => "all",
            Status::Active => "active",
            Status::Completed => "completed",
        }
    }
}

pub async fn run(global: &Global, output: &Output, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::List(args) => list(global, output, args).await,
    }
}

async fn list(global: &Global, output: &Output, args: ListArgs) -> Result<ExitCode, Failure> {
    let client = client::with_key(global).await?;
    let limit = args.limit as usize;
    let mut params = ListSessions::new().status(args.status.as_str());
    params.agent_id = args.agent.map(Into::into);
    // One more than is shown, to know whether there are more.
    params.limit = i64::try_from((limit + 1).min(LARGEST_PAGE)).ok();
    let mut pages = client.sessions().list(params);
    let mut sessions = Vec::new();
    while sessions.len() <= limit
        && let Some(session) = pages.next().await?
    {
        sessions.push(session);
    }
    let more = sessions.len() > limit;
    sessions.truncate(limit);

    if output.json {
        let sessions: Vec<Value> = sessions.iter().map(as_json).collect();
        output.document(&json!({ "sessions": sessions, "more": more }))?;
    } else if sessions.is_empty() {
        output.note("No sessions found.");
    } else {
        output.text(&table(&sessions))?;
        if more {
            output.note(&format!("Showing the newest {limit}; use --limit to show more."));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn table(sessions: &[Session]) -> String {
    let mut table = Table::new(&["ID", "AGENT", "TYPE", "STATUS", "STARTED (UTC)", "DURATION"]);
    for session in sessions {
        table.row(
            false,
            vec![
                session.id.to_string(),
                session.agent_name.clone().unwrap_or_else(|| session.agent_id.to_string()),
                session.session_type.to_string(),
                session.status.to_string(),
                minute(Some(&session.started_at)),
                session.duration.map_or_else(|| "-".to_owned(), duration),
            ],
        );
    }
    table.render()
}

fn duration(seconds: i64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m {seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h {minutes:02}m"),
    }
}

/// All fields of a session in a list; a missing one is null.
fn as_json(session: &Session) -> Value {
    let id = |id: &Option<agenthuman::Id>| id.as_ref().map(ToString::to_string);
    json!({
        "id": session.id.to_string(),
        "agent_id": session.agent_id.to_string(),
        "agent_name": session.agent_name,
        "session_type": session.session_type,
        "status": session.status,
        "started_at": session.started_at.to_string(),
        "ended_at": session.ended_at.map(|at| at.to_string()),
        "duration": session.duration,
        "transcript": session.transcript,
        "metadata": session.metadata,
        "language": session.language,
        "avatar_id": id(&session.avatar_id),
        "avatar_name": session.avatar_name,
        "avatar_url": session.avatar_url,
        "voice_id": id(&session.voice_id),
        "created_at": session.created_at.map(|at| at.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_read_well() {
        assert_eq!([0, 59, 65, 3700].map(duration), ["0s", "59s", "1m 05s", "1h 01m"]);
    }
}
