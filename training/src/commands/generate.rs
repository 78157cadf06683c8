//! `train generate`: the files of the example city, or simulated finds over real panden.

use features::city::{CitySpec, generate as generate_city};

use super::{CommandError, write_whole};
use crate::cli::Generate;
use crate::console::say;
use crate::progress::Stage;

/// The study of the example city, put beside its files.
pub(super) const EXAMPLE_STUDY: &str = include_str!("../../studies/voorbeeldstad.toml");

pub(super) fn generate(args: &Generate) -> Result<(), CommandError> {
    let spec = CitySpec {
        panden: args.panden,
        years: args.years,
        seed: args.seed,
        panden_from: args.panden_from.clone(),
        areas_from: args.areas_from.clone(),
    };
    let stage = Stage::new("generate", 1);
    let summary = generate_city(&spec, &args.out, &|what, done, total| stage.at(what, done, total))?;
    drop(stage);
    say(&summary.to_string());
    if args.panden_from.is_none() {
        let study = args.out.join("study.toml");
        write_whole(&study, EXAMPLE_STUDY.as_bytes())?;
        say(&format!("\nNext: train run {} --out {}", study.display(), args.out.join("bundle").display()));
    }
    Ok(())
}
