//! The environment variables that the packages read. `cargo xtask codegen` renders docs/environment.md from this table, and a test
//! compares it with the code.

/// An environment variable.
pub struct Variable {
    /// The name. Of the variables of other programs, the name in lower case works too if `is_any_case` is set.
    pub name: &'static str,
    /// What it is for.
    pub meaning: &'static str,
    /// What applies if it is not set or empty.
    pub default: &'static str,
    /// Which packages read it.
    pub readers: &'static str,
    /// Whether its value is a secret, so that it belongs in a secret store.
    pub is_secret: bool,
    /// Whether the name in lower case works too.
    pub is_any_case: bool,
}

const VARIABLE: Variable =
    Variable { name: "", meaning: "", default: "none", readers: "clients, command line", is_secret: false, is_any_case: false };

/// The API key.
pub const API_KEY: Variable = Variable { name: "AGENTHUMAN_API_KEY", meaning: "The API key.", is_secret: true, ..VARIABLE };

/// The file of the API key.
pub const API_KEY_FILE: Variable = Variable {
    name: "AGENTHUMAN_API_KEY_FILE",
    meaning: "The path of a file that contains only the API key. It is read again when it changes. Only one of the variables \
              of the API key may be set.",
    ..VARIABLE
};

/// The command that prints the API key.
pub const API_KEY_COMMAND: Variable = Variable {
    name: "AGENTHUMAN_API_KEY_COMMAND",
    meaning: "A command that prints the API key, such as that of a secret store.",
    ..VARIABLE
};

/// A user's token.
pub const TOKEN: Variable =
    Variable { name: "AGENTHUMAN_TOKEN", meaning: "The token (JWT) of a user.", is_secret: true, ..VARIABLE };

/// The base URL.
pub const BASE_URL: Variable = Variable {
    name: "AGENTHUMAN_BASE_URL",
    meaning: "The URL of the service, which may have a path.",
    default: "`https://api.agenthuman.com`",
    ..VARIABLE
};

/// The profile of the command line.
pub const PROFILE: Variable = Variable {
    name: "AGENTHUMAN_PROFILE",
    meaning: "The profile to use, if no variable above has a credential.",
    default: "the default profile",
    readers: "command line",
    ..VARIABLE
};

/// The shell that requests a completion.
pub const COMPLETE: Variable = Variable {
    name: "AGENTHUMAN_COMPLETE",
    meaning: "The shell that requests a completion. The scripts of `agenthuman completions` set it.",
    default: "no completion",
    readers: "command line",
    ..VARIABLE
};

/// The relay's secrets.
pub const RELAY_SECRETS: Variable = Variable {
    name: "AGENTHUMAN_RELAY_SECRETS",
    meaning: "The secrets with which a relay signs grants, separated by commas: the first signs, all are accepted.",
    default: "the option `secrets`",
    readers: "relay",
    is_secret: true,
    ..VARIABLE
};

/// The program of the sandbox.
pub const SANDBOX: Variable = Variable {
    name: "AGENTHUMAN_SANDBOX",
    meaning: "The path of the program `agenthuman-sandbox`, for `agenthuman.sandbox` and `agenthuman/sandbox`.",
    default: "the package `agenthuman-sandbox`, or `PATH`",
    readers: "Python, Node",
    ..VARIABLE
};

/// The key of a sandbox.
pub const SANDBOX_API_KEY: Variable = Variable {
    name: "AGENTHUMAN_SANDBOX_API_KEY",
    meaning: "The test key that a sandbox accepts from its start.",
    default: "a random key",
    readers: "sandbox",
    is_secret: true,
    ..VARIABLE
};

/// The file of a sandbox's data.
const SANDBOX_DATA: Variable = Variable {
    name: "AGENTHUMAN_SANDBOX_DATA",
    meaning: "The file in which a sandbox keeps its data.",
    default: "the data is in memory",
    readers: "sandbox",
    ..VARIABLE
};

/// The secret for LiveKit's tokens of a sandbox.
const SANDBOX_LIVEKIT_SECRET: Variable = Variable {
    name: "AGENTHUMAN_SANDBOX_LIVEKIT_SECRET",
    meaning: "The secret with which a sandbox signs tokens for LiveKit.",
    default: "that of LiveKit's development mode",
    readers: "sandbox",
    is_secret: true,
    ..VARIABLE
};

/// Whether this is a run of continuous integration.
pub(crate) const CI: Variable = Variable {
    name: "CI",
    meaning: "If it is set, a cassette in the mode `auto` never records. `0` and `false` count as not set.",
    readers: "clients",
    ..VARIABLE
};

/// Every variable, in the order of the documentation.
pub const VARIABLES: &[Variable] = &[
    API_KEY,
    API_KEY_FILE,
    API_KEY_COMMAND,
    TOKEN,
    BASE_URL,
    PROFILE,
    COMPLETE,
    RELAY_SECRETS,
    SANDBOX,
    SANDBOX_API_KEY,
    SANDBOX_DATA,
    SANDBOX_LIVEKIT_SECRET,
    CI,
    Variable {
        name: "HTTPS_PROXY",
        meaning: "The URL of a proxy, which may contain a password. The option `proxy` takes precedence.",
        default: "`ALL_PROXY`, or else the operating system's settings",
        is_secret: true,
        is_any_case: true,
        ..VARIABLE
    },
    Variable {
        name: "ALL_PROXY",
        meaning: "The same, if `HTTPS_PROXY` is not set.",
        default: "the operating system's settings",
        is_secret: true,
        is_any_case: true,
        ..VARIABLE
    },
    Variable {
        name: "NO_PROXY",
        meaning: "Hosts, domains, addresses and networks that are reached without a proxy, separated by commas; `*` for all.",
        is_any_case: true,
        ..VARIABLE
    },
    Variable {
        name: "SSL_CERT_FILE",
        meaning: "A file of PEM certificates to trust in place of the platform's.",
        default: "the platform's certificates",
        ..VARIABLE
    },
    Variable {
        name: "SSL_CERT_DIR",
        meaning: "Directories of PEM certificates to trust in place of the platform's.",
        default: "the platform's certificates",
        ..VARIABLE
    },
    Variable {
        name: "REQUESTS_CA_BUNDLE",
        meaning: "A file of PEM certificates to trust in addition.",
        readers: "Python",
        ..VARIABLE
    },
    Variable {
        name: "NODE_EXTRA_CA_CERTS",
        meaning: "A file of PEM certificates to trust in addition.",
        readers: "Node",
        ..VARIABLE
    },
];
