//! `train simulate`: holds the intervals and the effects against the truth of made-up cities.

use super::{CommandError, write_whole};
use crate::cli::Simulate;
use crate::console::say;
use crate::pipeline::PipelineError;
use crate::simulation::{Plan, simulate as run};

pub(super) fn simulate(args: &Simulate) -> Result<(), CommandError> {
    let plan =
        Plan { cities: args.cities, panden: args.panden, seed: args.seed, learners: args.learner.clone() };
    let simulation = run(&plan)?;
    say(&format!(
        "{} made-up cities of {} panden, seeds from {}\n\n{simulation}",
        args.cities, args.panden, args.seed
    ));
    let Some(path) = &args.json else { return Ok(()) };
    let json = serde_json::to_vec_pretty(&simulation.coverage())
        .map_err(|cause| PipelineError::Json { what: "the simulation".to_owned(), cause })?;
    write_whole(path, &json)
}
