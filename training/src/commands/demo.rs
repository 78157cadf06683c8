//! `train demo`: the whole path on the example city.

use std::path::PathBuf;

use features::city::{CitySpec, generate as generate_city};

use super::generate::EXAMPLE_STUDY;
use super::{CommandError, run, write_whole};
use crate::cli::{Data, Demo, Run};
use crate::console::say;
use crate::progress::Stage;

pub(super) fn demo(args: &Demo) -> Result<(), CommandError> {
    let city: PathBuf = args.out.join("stad");
    let spec = CitySpec { panden: args.panden, years: 8, seed: 42, panden_from: None, areas_from: None };
    let stage = Stage::new("generate", 1);
    let summary = generate_city(&spec, &city, &|what, done, total| stage.at(what, done, total))?;
    drop(stage);
    say(&format!("The made-up town Voorbeeldstad is in {}\n{summary}\n", city.display()));
    let study = city.join("study.toml");
    write_whole(&study, EXAMPLE_STUDY.as_bytes())?;
    let whole = Run {
        study,
        out: args.out.join("bundle"),
        data: Data { roots: vec![] },
        scramble: true,
        backend: args.backend.clone(),
    };
    run::whole_way(&whole, None)
}
