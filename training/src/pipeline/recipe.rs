//! What a replay needs beside the study and the data: how the run was asked for, and prints of its input files.

use evaluation::report::ForeignModel;
use features::source::FilePrints;
use serde::{Deserialize, Serialize};

use super::release::Run;

/// Name of the file in a bundle.
pub(crate) const FILE: &str = "replay.json";

/// `replay.json`. Holds no path of the machine, and nothing of what stands in the input files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recipe {
    /// Name of the study file, without its folder.
    pub(crate) study_file: String,
    /// Whether the run proved that features know nothing of the future (`--scramble`).
    pub(crate) scramble: bool,
    /// The model of others that was measured, if one was; its file is in the bundle.
    pub(crate) foreign: Option<ForeignModel>,
    /// Per input file, in the order of reading.
    pub(crate) inputs: Vec<FilePrints>,
}

impl Recipe {
    pub(super) fn of(run: &Run<'_>) -> Self {
        let name = run.study.path.file_name().unwrap_or_default();
        Self {
            study_file: name.to_string_lossy().into_owned(),
            scramble: run.proof.is_some(),
            foreign: run.foreign.as_ref().map(|own| own.facts.clone()),
            inputs: run.sources.loaded.prints.clone(),
        }
    }
}
