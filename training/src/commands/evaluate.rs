//! `train evaluate`: a model of others through the evaluation of a study, beside its learners.

use super::{CommandError, run};
use crate::cli::{Evaluate, Run};
use crate::pipeline::ForeignSpec;

pub(super) fn evaluate(args: Evaluate) -> Result<(), CommandError> {
    let Evaluate { study, onnx, name, output, out, data, scramble, backend } = args;
    let foreign = ForeignSpec { path: onnx, name, output };
    run::whole_way(&Run { study, out, data, scramble, backend }, Some(&foreign))
}
