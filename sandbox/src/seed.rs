//! The initial data: a developer with an agent, and public avatars, voices and roles.

use rusqlite::{Connection, params};

pub const EMAIL: &str = "dev@agenthuman.test";
/// The developer's account.
pub const USER: i64 = 1;
/// The owner of public objects. No user has this id.
pub const PUBLIC_OWNER: i64 = 0;

const VOICES: [(&str, &str, &str, &str); 3] = [
    ("21m00Tcm4TlvDq8ikWAM", "Rachel", "en", "female"),
    ("sandboxVoiceMateo000", "Mateo", "es", "male"),
    ("sandboxVoiceCamille0", "Camille", "fr", "female"),
];
const AVATARS: [(&str, &str, usize); 3] =
    [("Ada", "/media/ada.svg", 0), ("Mateo", "/media/mateo.svg", 1), ("Camille", "/media/camille.svg", 2)];
const ROLES: [(&str, &str, &str); 3] = [
    ("Support agent", "Answers questions about a product", "Help the customer. Ask when something is unclear."),
    ("Language tutor", "Practises a language", "Talk in simple sentences and correct mistakes kindly."),
    ("Interviewer", "Leads a job interview", "Ask one question at a time and listen."),
];

/// The public avatars for rooms: id, tag, picture. Public clients use the ids `avat_…` by default.
pub const ROOMS_AVATARS: [(&str, &str, &str); 7] = [
    ("PUBLIC/Avatars/sara-office", "female", "ada.svg"),
    ("PUBLIC/Avatars/mateo-studio", "male", "mateo.svg"),
    ("PUBLIC/Avatars/camille-garden", "female", "camille.svg"),
    ("avat_01KMZJ4WE5QCD9G3EK21QW8NJK", "female", "ada.svg"),
    ("avat_01KMZHXFPBVCXA5ATK85HCP8G1", "male", "mateo.svg"),
    ("avat_01KMDFWB9SW1QX4TVP0RT1RFYQ", "female", "camille.svg"),
    ("avat_01KJBCSKRWWKM9Q1ADP0QNX57D", "male", "mateo.svg"),
];

pub const DEFAULT_ROOMS_AVATAR: &str = ROOMS_AVATARS[4].0;

pub fn fill_rooms(connection: &Connection) -> rusqlite::Result<()> {
    for (id, tag, picture) in ROOMS_AVATARS {
        connection.execute(
            "INSERT INTO rooms_avatars (id, user_id, tags, url) VALUES (?, ?, ?, ?)",
            params![id, PUBLIC_OWNER, format!("[\"{tag}\",\"professional\"]"), format!("/media/{picture}")],
        )?;
    }
    Ok(())
}

pub fn fill(connection: &Connection, now: &str) -> rusqlite::Result<()> {
    connection.execute("INSERT INTO users VALUES (?, ?, ?)", params![USER, EMAIL, now])?;
    for (id, name, language, gender) in VOICES {
        voice(connection, PUBLIC_OWNER, id, name, language, gender)?;
    }
    voice(connection, USER, "sandboxVoiceMine0000", "My own voice", "en", "neutral")?;
    for (name, url, voice) in AVATARS {
        connection.execute(
            "INSERT INTO avatars (user_id, name, url, voice_id, is_public, created_at, updated_at)
             VALUES (?, ?, ?, ?, 1, ?, ?)",
            params![PUBLIC_OWNER, name, url, VOICES[voice].0, now, now],
        )?;
    }
    for (name, description, prompt) in ROLES {
        connection.execute(
            "INSERT INTO roles (user_id, name, description, prompt, is_public, created_at, updated_at)
             VALUES (?, ?, ?, ?, 1, ?, ?)",
            params![PUBLIC_OWNER, name, description, prompt, now, now],
        )?;
    }
    connection.execute(
        "INSERT INTO agents (user_id, name, avatar_id, role_id, language, custom_greeting, context, created_at, updated_at)
         VALUES (?, 'Support Ada', 1, 1, 'en', 'Hello, I am Ada. How can I help?', 'You work for a bicycle shop.', ?, ?)",
        params![USER, now, now],
    )?;
    Ok(())
}

fn voice(connection: &Connection, user_id: i64, id: &str, name: &str, language: &str, gender: &str) -> rusqlite::Result<usize> {
    connection.execute(
        "INSERT INTO voices VALUES (?, ?, ?, ?, ?, 'ElevenLabs', ?, ?)",
        params![id, user_id, name, language, gender, Option::<&str>::None, user_id == PUBLIC_OWNER],
    )
}
