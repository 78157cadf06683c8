//! `serve check-config`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::command::CommandError;
use crate::configuration::Configuration;

/// `serve check-config FILE`.
#[derive(Debug, Args)]
pub(crate) struct CheckConfig {
    /// The configuration file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl CheckConfig {
    pub(super) fn run(self, out: &mut impl Write) -> Result<(), CommandError> {
        let read = Configuration::read(&self.file)?;
        writeln!(out, "{}: in order", self.file.display())?;
        for line in read.summary() {
            writeln!(out, "  {line}")?;
        }
        Ok(())
    }
}
