//! `train verify`: checks every hash of a bundle.

use models::bundle::Bundle;

use super::CommandError;
use crate::cli::Verify;
use crate::console::say;

pub(super) fn verify(args: &Verify) -> Result<(), CommandError> {
    let bundle = Bundle::open(&args.bundle)?;
    let manifest = bundle.manifest();
    say(&format!(
        "{}: all {} files are as written (study {}, as-of date {}, model {}, {})",
        args.bundle.display(),
        manifest.files.len(),
        manifest.study,
        manifest.as_of,
        manifest.model,
        if manifest.release.released { "released" } else { "not released" },
    ));
    Ok(())
}
