//! `serve audit`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::command::CommandError;
use crate::file;
use crate::ledger::{self, SigningKey, Stream, Verifier, checkpoint, verifiers_file};

/// `serve audit …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Makes a signing key for the log.
    Key {
        /// The file to make.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Checks a log, offline: every record, the chain and what was signed.
    Verify(Verify),
    /// Writes the proof that a record is in the log.
    Prove(Prove),
    /// Checks such a proof, without the log.
    CheckProof(CheckProof),
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The log's folder.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The file with the public keys that you were given; the folder's own otherwise.
    #[arg(long, value_name = "FILE")]
    verifiers: Option<PathBuf>,
    /// A signed checkpoint that you kept; more than once for more.
    #[arg(long = "checkpoint", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Prove {
    /// The log's folder.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The stream.
    #[arg(long, value_enum)]
    stream: Stream,
    /// The record's number.
    #[arg(long, value_name = "N")]
    seq: u64,
    /// Where to write the record (NAME.json) and the proof (NAME.tlog-proof).
    #[arg(long, value_name = "NAME")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CheckProof {
    /// The record.
    #[arg(long, value_name = "FILE")]
    record: PathBuf,
    /// The proof.
    #[arg(long, value_name = "FILE")]
    proof: PathBuf,
    /// The file with the public keys that you were given.
    #[arg(long, value_name = "FILE")]
    verifiers: PathBuf,
}

impl Audit {
    pub(super) fn run(self, out: &mut impl Write) -> Result<(), CommandError> {
        match self {
            Self::Key { file } => {
                SigningKey::create(&file)?;
                writeln!(out, "{}: made. Keep a copy where the service cannot reach it.", file.display())?;
                Ok(())
            }
            Self::Verify(verify) => verify.run(out),
            Self::Prove(prove) => prove.run(out),
            Self::CheckProof(check) => check.run(out),
        }
    }
}

impl Verify {
    fn run(self, out: &mut impl Write) -> Result<(), CommandError> {
        let verifiers =
            read_verifiers(&self.verifiers.clone().unwrap_or_else(|| verifiers_file(&self.folder)))?;
        let notes = self.checkpoints.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
        for stream in Stream::ALL {
            let verifier = of_stream(&verifiers, stream)?;
            let mut held = Vec::new();
            for (note, path) in notes.iter().zip(&self.checkpoints) {
                // The first line names the log, so that each checkpoint finds its own stream.
                if note.lines().next() == Some(verifier.name()) {
                    held.push(checkpoint(note, verifier).map_err(|cause| unusable(path, cause))?);
                }
            }
            let found = ledger::verify(&self.folder, stream, verifier, &held)?;
            let (name, records, first) = (stream.name(), found.records, found.first);
            write!(out, "{name}: {} records in {} segments", records - first, found.segments)?;
            if first > 0 {
                write!(out, ", older ones than {first} dropped under seal")?;
            }
            write!(out, "; {} under the newest checkpoint", found.signed)?;
            if found.torn > 0 {
                write!(out, "; {} bytes of half a record at the end, never answered for", found.torn)?;
            }
            writeln!(out, "; {} checkpoints of yours: in order", held.len())?;
        }
        if self.verifiers.is_none() {
            writeln!(
                out,
                "Checked with the keys in the folder itself: compare them with those that you were given."
            )?;
        }
        Ok(())
    }
}

impl Prove {
    fn run(self, out: &mut impl Write) -> Result<(), CommandError> {
        let verifiers = read_verifiers(&verifiers_file(&self.folder))?;
        let (line, proof) =
            ledger::prove(&self.folder, self.stream, of_stream(&verifiers, self.stream)?, self.seq)?;
        for (ending, text) in [("json", line + "\n"), ("tlog-proof", proof)] {
            let path = self.out.with_extension(ending);
            file::replace(&path, text.as_bytes()).map_err(|cause| unusable(&path, cause))?;
            writeln!(out, "{}", path.display())?;
        }
        Ok(())
    }
}

impl CheckProof {
    fn run(self, out: &mut impl Write) -> Result<(), CommandError> {
        let (record, proof) = (read(&self.record)?, read(&self.proof)?);
        let mut cause = None;
        for verifier in read_verifiers(&self.verifiers)? {
            match ledger::check_proof(&proof, &record, &verifier) {
                Ok(seq) => return Ok(writeln!(out, "the record is number {seq} of {}", verifier.name())?),
                // That of the right stream says most.
                Err(error) if proof.contains(&format!("\n{}\n", verifier.name())) => cause = Some(error),
                Err(_) => {}
            }
        }
        let none = || {
            CommandError::Usage(
                "the proof is of a log whose key is not in the file of --verifiers".to_owned(),
            )
        };
        Err(cause.map_or_else(none, CommandError::from))
    }
}

fn read(path: &Path) -> Result<String, CommandError> {
    std::fs::read_to_string(path).map_err(|cause| unusable(path, cause))
}

fn read_verifiers(path: &Path) -> Result<Vec<Verifier>, CommandError> {
    let lines = read(path)?;
    let read = lines.lines().filter(|line| !line.trim().is_empty()).map(Verifier::read);
    read.collect::<Result<_, _>>().map_err(|cause| unusable(path, cause))
}

fn of_stream(verifiers: &[Verifier], stream: Stream) -> Result<&Verifier, CommandError> {
    let ending = format!("/{}", stream.name());
    let found = verifiers.iter().find(|verifier| verifier.name().ends_with(&ending));
    found.ok_or_else(|| {
        CommandError::Usage(format!("there is no public key for the stream {:?}", stream.name()))
    })
}

fn unusable(path: &Path, cause: impl std::fmt::Display) -> CommandError {
    CommandError::Usage(format!("{}: {cause}", path.display()))
}
