//! `serve key`.

use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use crate::access::keys::{self, Keys, Purpose};
use crate::access::{Scope, Tier, fits_gemeente};
use crate::clock;
use crate::command::CommandError;
use crate::configuration::Configuration;

/// `serve key …`.
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Makes a key and shows it, once.
    Make(Make),
    /// Shows all keys, without the keys themselves.
    List(Place),
    /// Sets the moment from which on a key no longer works.
    Expire {
        #[command(flatten)]
        place: Place,
        /// The key's identifier.
        id: String,
        /// A date, or a moment such as 2027-01-01T12:00:00Z.
        #[arg(long, value_name = "DATE", value_parser = moment)]
        on: DateTime<Utc>,
    },
    /// Makes a key useless from now on.
    Revoke {
        #[command(flatten)]
        place: Place,
        /// The key's identifier.
        id: String,
    },
}

/// Where the keys are.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Place {
    /// The file of keys.
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// The configuration file that names it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Make {
    #[command(flatten)]
    place: Place,
    /// What its user may see.
    #[arg(long, value_enum)]
    tier: Tier,
    /// A gemeente in which its user may see areas, such as GM0344; more than once for more.
    #[arg(long = "gemeente", value_name = "CODE", value_parser = gemeente, required_unless_present = "everywhere")]
    gemeenten: Vec<String>,
    /// All areas of the bundle.
    #[arg(long, conflicts_with = "gemeenten")]
    everywhere: bool,
    /// Who uses it, for what: shown in the list.
    #[arg(long, value_name = "TEXT")]
    label: String,
    /// A date, or a moment such as 2027-01-01T12:00:00Z, from which on it no longer works; a year from now otherwise.
    #[arg(long, value_name = "DATE", value_parser = moment)]
    expires: Option<DateTime<Utc>>,
}

fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    clock::read(text)
        .ok_or_else(|| "give a date such as 2027-01-01, or a moment such as 2027-01-01T12:00:00Z".to_owned())
}

fn gemeente(text: &str) -> Result<String, String> {
    if fits_gemeente(text) {
        Ok(text.to_owned())
    } else {
        Err("give GM and four digits, such as GM0344".to_owned())
    }
}

impl Key {
    pub(super) fn run(self, out: &mut impl Write) -> Result<(), CommandError> {
        let now = clock::now();
        match self {
            Self::Make(make) => make.run(out, now),
            Self::List(place) => list(&place.path()?, out, now),
            Self::Expire { place, id, on } => {
                keys::expire(&place.path()?, &id, on)?;
                Ok(writeln!(out, "key {id} works until {}", clock::written(on))?)
            }
            Self::Revoke { place, id } => {
                keys::revoke(&place.path()?, &id, now)?;
                Ok(writeln!(
                    out,
                    "key {id} is revoked; a running service refuses it from its next request on"
                )?)
            }
        }
    }
}

impl Place {
    fn path(self) -> Result<PathBuf, CommandError> {
        if let Some(path) = self.keys {
            return Ok(path);
        }
        // Clap sees to it that one of the two is there.
        let config = self.config.unwrap_or_default();
        let named = Configuration::read(&config)?.access.keys;
        named.ok_or_else(|| {
            CommandError::Usage(format!(
                "{} has no `keys` under [access]. Add it, or give --keys",
                config.display()
            ))
        })
    }
}

impl Make {
    fn run(self, out: &mut impl Write, now: DateTime<Utc>) -> Result<(), CommandError> {
        let scope = if self.everywhere {
            Scope::Everywhere
        } else {
            Scope::Within(self.gemeenten.into_iter().collect())
        };
        let expires = self.expires.unwrap_or_else(|| clock::a_year_after(now));
        if expires <= now {
            return Err(CommandError::Usage(
                "--expires lies in the past, so the key would never work".to_owned(),
            ));
        }
        let purpose = Purpose { label: self.label, tier: self.tier, scope, expires };
        let key = keys::make(&self.place.path()?, purpose, now)?;
        writeln!(out, "{key}")?;
        writeln!(
            out,
            "Works until {}. It is shown only now: only its hash is kept.",
            clock::written(expires)
        )?;
        Ok(())
    }
}

fn list(path: &Path, out: &mut impl Write, now: DateTime<Utc>) -> Result<(), CommandError> {
    writeln!(out, "{:<10}{:<10}{:<10}{:<26}{:<22}label", "id", "state", "tier", "expires", "scope")?;
    for key in Keys::read(path)?.all() {
        let scope = match &key.scope {
            Scope::Everywhere => "everywhere".to_owned(),
            Scope::Within(codes) => codes.iter().map(String::as_str).collect::<Vec<_>>().join(","),
        };
        let (state, tier, expires) = (key.state(now), key.tier.name(), clock::written(key.expires));
        writeln!(out, "{:<10}{state:<10}{tier:<10}{expires:<26}{scope:<22}{}", key.id, key.label)?;
    }
    Ok(())
}
