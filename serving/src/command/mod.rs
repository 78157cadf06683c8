//! The commands besides serving: keys, and checking a configuration file.

mod audit;
mod check_config;
mod key;

use std::io::{self, Write};

use clap::Subcommand;

use crate::access::KeysError;
use crate::configuration::ConfigurationError;
use crate::ledger::{ProofError, SigningKeyError, VerifyError};

/// What to do instead of serving.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes, lists, expires and revokes API keys.
    #[command(subcommand)]
    Key(key::Key),
    /// Checks the log for accountability, and shows that a record is in it.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Checks a configuration file and says what it means; nothing is served.
    CheckConfig(check_config::CheckConfig),
}

/// Why a command fails.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Something about the keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// Something about the signing key.
    #[error(transparent)]
    SigningKey(#[from] SigningKeyError),
    /// A log is not what was written.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// A proof cannot be made or does not hold.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// Something about the configuration file.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// What was typed cannot be.
    #[error("{0}")]
    Usage(String),
    /// The answer cannot be written.
    #[error("cannot write the answer: {0}")]
    Output(#[from] io::Error),
}

impl Command {
    /// Runs the command and writes its answer.
    ///
    /// # Errors
    /// When it fails; nothing is half-done then.
    pub(crate) fn run(self, out: &mut impl Write) -> Result<(), CommandError> {
        match self {
            Self::Key(key) => key.run(out),
            Self::Audit(audit) => audit.run(out),
            Self::CheckConfig(check) => check.run(out),
        }
    }
}
