//! What the user sees on the terminal besides progress.

use std::fmt::Write as _;
use std::io::Write as _;

use tracing_subscriber::EnvFilter;

/// Log lines go to standard error; `RUST_LOG` wins over `-v`. What `geo` logs of odd rings is said by our own
/// checks, with the area named.
pub(crate) fn start_logging(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(format!("{level},geo=error")));
    // A second call (in tests) keeps the first subscriber; nothing else can go wrong here.
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init().unwrap_or(());
}

/// Prints a line on standard output. A closed pipe (`| head`) is the reader's choice, not an error.
pub(crate) fn say(text: &str) {
    writeln!(std::io::stdout().lock(), "{text}").unwrap_or(());
}

/// Prints an error with its causes on standard error.
pub(crate) fn complain(error: &dyn std::error::Error) {
    let mut text = format!("error: {error}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        let line = inner.to_string();
        // Many errors repeat their cause in their own message.
        if !text.contains(&line) {
            write!(text, "\n  because: {line}").unwrap_or(());
        }
        cause = inner.source();
    }
    writeln!(std::io::stderr().lock(), "{text}").unwrap_or(());
}
