//! The outcome as tables in Markdown, as `docs/benchmarks.md` holds them.

use std::fmt;

use super::effects::Agreement;
use super::{Coverage, Simulation};

impl fmt::Display for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| learner | level | areas | truth in the 90 % interval | below it | above it | expected / truth | error | width | covered by the model alone | error alone |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|---|---|---|")?;
        for (name, learner) in &self.learners {
            for (level, own) in &learner.published {
                let alone = learner.model_alone.get(level).copied().unwrap_or_default();
                row(f, name, level, own, &alone)?;
            }
        }
        writeln!(
            f,
            "\n| learner | column | signs: right, none, reversed | order: right, none, reversed | effects, true → mean fitted |"
        )?;
        writeln!(f, "|---|---|---|---|---|")?;
        for (name, learner) in &self.learners {
            for (column, order) in &learner.effects.order {
                let signs = learner.effects.signs.get(column).copied().unwrap_or_default();
                let values = learner.effects.values.iter().filter(|((own, _), _)| own == column);
                let cities = f64::from(learner.effects.cities.max(1));
                let values: Vec<String> = values
                    .map(|((_, value), (truth, sum))| format!("{value} {truth:+.2} → {:+.2}", sum / cities))
                    .collect();
                writeln!(f, "| {name} | {column} | {signs} | {order} | {} |", values.join("; "))?;
            }
        }
        Ok(())
    }
}

/// Shares: right, none, reversed.
impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |n: u32| 100.0 * f64::from(n) / f64::from(self.all().max(1));
        write!(f, "{:.0}, {:.0}, {:.0} %", share(self.right), share(self.absent), share(self.wrong))
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, level: &str, own: &Coverage, alone: &Coverage) -> fmt::Result {
    let areas = f64::from(own.areas.max(1));
    let percent = |n: u32| 100.0 * f64::from(n) / areas;
    writeln!(
        f,
        "| {name} | {level} | {} | {:.1} % | {:.1} % | {:.1} % | {:.3} | {:.3} | {:.2} | {:.1} % | {:.3} |",
        own.areas,
        100.0 * own.share(),
        percent(own.below),
        percent(own.above),
        own.expected / own.truth,
        own.squares / areas,
        own.width / areas,
        100.0 * alone.share(),
        alone.squares / areas,
    )
}
