//! Moving what a pair says of one feature alone to that feature's own term, so that own terms keep their meaning:
//! the weighted mean over every row and every column of the grid becomes 0.
//!
//! Lengerich, Tan, Chang, Hooker and Caruana, Purifying interaction effects with the functional ANOVA (2020).

/// What was moved out of a grid, per row and per column.
pub(super) struct Moved {
    pub(super) rows: Vec<f64>,
    pub(super) columns: Vec<f64>,
}

/// Purifies a grid in place, row by row in memory.
pub(super) fn purify(grid: &mut [f64], weight: &[f64], width: usize) -> Moved {
    let height = grid.len() / width;
    let mut moved = Moved { rows: vec![0.0; height], columns: vec![0.0; width] };
    for _ in 0..MOST_SWEEPS {
        let mut most = 0.0_f64;
        for row in 0..height {
            let cells = row * width..(row + 1) * width;
            let mean = take_mean(grid, weight, cells);
            moved.rows[row] += mean;
            most = most.max(mean.abs());
        }
        for column in 0..width {
            let cells = (column..height * width).step_by(width);
            let mean = take_mean(grid, weight, cells);
            moved.columns[column] += mean;
            most = most.max(mean.abs());
        }
        if most < SETTLED {
            break;
        }
    }
    moved
}

/// Sweeps converge as fast as the two features are unalike; alike ones may take long.
const MOST_SWEEPS: usize = 1000;
/// A mean below this is 0.
const SETTLED: f64 = 1e-12;

/// Takes the weighted mean of these cells away from each. Cells without rows count for nothing.
fn take_mean(grid: &mut [f64], weight: &[f64], cells: impl Iterator<Item = usize> + Clone) -> f64 {
    let (sum, total) = cells.clone().fold((0.0, 0.0), |(s, t), c| (s + weight[c] * grid[c], t + weight[c]));
    if total <= 0.0 {
        return 0.0;
    }
    let mean = sum / total;
    cells.for_each(|c| grid[c] -= mean);
    mean
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn margins_become_zero_and_nothing_is_lost(
            scores in prop::collection::vec(-2.0f64..2.0, 20),
            weight in prop::collection::vec(prop_oneof![Just(0.0), 0.5f64..9.0], 20),
        ) {
            let mut grid = scores.clone();
            let moved = purify(&mut grid, &weight, 4);
            for c in 0..20 {
                let back = grid[c] + moved.rows[c / 4] + moved.columns[c % 4];
                prop_assert!((back - scores[c]).abs() < 1e-9);
            }
            for row in 0..5 {
                let margin: f64 = (0..4).map(|column| weight[row * 4 + column] * grid[row * 4 + column]).sum();
                prop_assert!(margin.abs() < 1e-6, "row {row}: {margin}");
            }
            for column in 0..4 {
                let margin: f64 = (0..5).map(|row| weight[row * 4 + column] * grid[row * 4 + column]).sum();
                prop_assert!(margin.abs() < 1e-6, "column {column}: {margin}");
            }
        }
    }
}
