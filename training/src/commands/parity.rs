//! `train parity`: compares a bundle's ONNX file with its readable model, on made-up rows.

use std::path::Path;

use models::AdditiveModel;
use models::bundle::Bundle;
use models::onnx::Backend;

use super::CommandError;
use crate::cli::Parity;
use crate::console::say;
use crate::pipeline::{Compared, compare};

pub(super) fn parity(args: &Parity) -> Result<(), CommandError> {
    let backend = args.backend.onnxruntime.clone().map_or(Backend::Tract, Backend::OnnxRuntime);
    let compared = match (&args.bundle, &args.model) {
        (Some(bundle), _) => {
            let bundle = Bundle::open(bundle)?;
            compare(bundle.model(), bundle.onnx(), &backend, None)?
        }
        (None, Some(folder)) => loose_files(folder, &backend)?,
        (None, None) => return Err(CommandError::Refused("give --bundle BUNDLE".to_owned())),
    };
    if args.json {
        say(&serde_json::to_string(&compared).map_err(|e| CommandError::Refused(e.to_string()))?);
    } else {
        say(&format!(
            "{}: {} rows, largest difference of a score {:.1e}, of a contribution {:.1e}",
            compared.backend, compared.rows, compared.score, compared.contributions
        ));
    }
    Ok(())
}

/// A model that is not yet in a bundle.
fn loose_files(folder: &Path, backend: &Backend) -> Result<Compared, CommandError> {
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path)
            .map_err(|e| CommandError::Refused(format!("cannot read {}: {e}", path.display())))
    };
    let text = String::from_utf8_lossy(&read("model.json")?).into_owned();
    let model = AdditiveModel::from_json(&text).map_err(crate::pipeline::PipelineError::from)?;
    Ok(compare(&model, &read("model.onnx")?, backend, None)?)
}
