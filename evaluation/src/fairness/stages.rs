//! The funnel of rows: everyone, on the list, outcome known, found. As [`crate::fairness::funnel()`], for rows that may come
//! in clusters and may be on the list for a part.

use models::Text;

use crate::fairness::audit::{ListRows, cells, known_on_list_only};
use crate::fairness::confusion::Confusion;
use crate::fairness::funnel::{FunnelFigures, FunnelStep, Stage, figures, representation, selected_only};
use crate::interval::{Against, GroupRates, permutation};

/// Rows of a group at each stage.
const COUNTS: [fn(&Confusion) -> f64; 4] =
    [Confusion::rows, Confusion::listed, |c| c.true_positive + c.false_positive, |c| c.true_positive];

/// The stages with their counts, and the steps between them.
pub(crate) fn of_rows(
    rows: &ListRows<'_>,
    counts: &[Confusion],
    reference: usize,
    seed: u64,
    draws: usize,
) -> (Vec<Stage>, Vec<FunnelStep>) {
    let groups = counts.len();
    let stages: Vec<Stage> = names()
        .into_iter()
        .zip(COUNTS)
        .enumerate()
        .map(|(number, (name, count))| Stage {
            name,
            counts: counts.iter().map(count).collect(),
            is_outcome: number == 3,
        })
        .collect();
    let steps = (1..COUNTS.len()).map(|number| {
        let step_cells = cells(rows, |c| (COUNTS[number](c), COUNTS[number - 1](c)));
        let step = GroupRates::new(&step_cells, groups);
        let route = GroupRates::new(&cells(rows, |c| (COUNTS[number](c), COUNTS[0](c))), groups);
        let p = permutation::of_cells(
            &step_cells,
            groups,
            Against::Group(reference),
            rows.cluster.is_some(),
            seed,
            draws,
        );
        let figures = (0..groups).map(|group| {
            let before = stages[number - 1].counts[group].min(stages[number - 1].counts[reference]);
            FunnelFigures {
                representation: representation(&stages[0], &stages[number], group),
                p: p[group],
                ..figures(
                    group,
                    step.estimate(group),
                    step.ratio(group, reference),
                    route.ratio(group, reference),
                )
            }
            .judged(group == reference, before)
        });
        FunnelStep {
            name: stages[number].name.clone(),
            groups: figures.collect(),
            warning: (stages[number].is_outcome && known_on_list_only(counts)).then(selected_only),
        }
    });
    let steps = steps.collect();
    (stages, steps)
}

fn names() -> [Text; 4] {
    let text = |nl: &str, en: &str| Text { nl: nl.to_owned(), en: en.to_owned() };
    [
        text("alle rijen", "all rows"),
        text("op de lijst", "on the list"),
        text("op de lijst en uitkomst bekend", "on the list with a known outcome"),
        text("iets gevonden", "something found"),
    ]
}
