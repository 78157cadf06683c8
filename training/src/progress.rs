//! Progress bars for long work; silent when nobody watches.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// One bar for one stage of the work. Hidden when standard error is no terminal.
pub(crate) struct Stage {
    bar: ProgressBar,
    started: Instant,
}

impl Stage {
    /// A stage without a bar, for work that is done beside other work; its time is logged all the same.
    pub(crate) fn unseen(what: &str) -> Self {
        Self { bar: ProgressBar::hidden().with_message(what.to_owned()), started: Instant::now() }
    }

    /// A stage of known length.
    pub(crate) fn new(what: &str, length: u64) -> Self {
        let bar = ProgressBar::new(length);
        if let Ok(style) = ProgressStyle::with_template("{msg:32!} {wide_bar} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, started: Instant::now() }
    }

    /// One step further.
    pub(crate) fn step(&self) {
        self.bar.inc(1);
    }

    /// Sets what is being done and how far it is.
    pub(crate) fn at(&self, what: &str, done: u64, total: u64) {
        if self.bar.message() != what {
            self.bar.set_message(what.to_owned());
        }
        self.bar.set_length(total.max(1));
        self.bar.set_position(done);
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        tracing::info!(seconds = self.started.elapsed().as_secs_f32(), "{}", self.bar.message());
        self.bar.finish_and_clear();
    }
}

impl models::learner::Monitor for Stage {
    fn step(&self, step: &models::learner::Step) {
        self.bar.set_length(u64::from(step.of.max(1)));
        self.bar.set_position(u64::from(step.number));
    }
}
