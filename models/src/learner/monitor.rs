//! What a learner tells while it works, and how it is told to stop.

/// One step of a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is being done, for instance `newton`.
    pub stage: &'static str,
    /// Number of the step, from 1.
    pub number: u32,
    /// Most steps that the stage may take.
    pub of: u32,
    /// What the stage brings down (penalised minus log-likelihood), where it is known.
    pub loss: Option<f64>,
}

/// Follows a fit. Methods are called from the thread that fits.
pub trait Monitor: Sync {
    /// A step was taken.
    fn step(&self, step: &Step);

    /// Whether the fit must stop at the next step.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Follows nothing and never stops a fit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Monitor for Silent {
    fn step(&self, _: &Step) {}
}
