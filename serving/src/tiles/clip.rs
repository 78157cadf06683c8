//! Cutting a ring to a square (Sutherland and Hodgman 1974). A side is cut at the same place whichever way it runs, so that both
//! neighbours of a border end at the same point.

use crate::shapes::Position;

/// The part of a closed ring inside the square from `low` to `high` on both axes, closed again; empty when nothing is.
pub(super) fn clip(ring: &[Position], low: f64, high: f64) -> Vec<Position> {
    let mut ring = ring.to_vec();
    for axis in 0..2 {
        for (bound, sign) in [(low, 1.0), (high, -1.0)] {
            let is_in = |p: Position| (p[axis] - bound) * sign >= 0.0;
            if ring.iter().all(|&p| is_in(p)) {
                continue;
            }
            let mut kept = Vec::with_capacity(ring.len() + 4);
            for side in ring.windows(2) {
                let (a, b) = (side[0], side[1]);
                if is_in(a) {
                    kept.push(a);
                }
                if is_in(a) != is_in(b) {
                    kept.push(crossing(a, b, axis, bound));
                }
            }
            kept.extend(kept.first().copied());
            ring = kept;
        }
    }
    ring
}

fn crossing(a: Position, b: Position, axis: usize, bound: f64) -> Position {
    let (a, b) = if (a[0], a[1]) <= (b[0], b[1]) { (a, b) } else { (b, a) };
    let part = (bound - a[axis]) / (b[axis] - a[axis]);
    let mut at = [a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])];
    at[axis] = bound;
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shapes::signed_area;

    #[test]
    fn what_lies_outside_is_cut_off() {
        let square = [[-1.0, -1.0], [3.0, -1.0], [3.0, 3.0], [-1.0, 3.0], [-1.0, -1.0]];
        let inside = clip(&square, 0.0, 2.0);
        assert_eq!(signed_area(&inside), 4.0);
        assert_eq!(inside.first(), inside.last());
        assert_eq!(clip(&square, -5.0, 5.0), square);
        assert!(clip(&square, 4.0, 5.0).is_empty());
    }

    #[test]
    fn both_sides_of_a_border_are_cut_at_the_same_point() {
        let (a, b) = ([0.1, 0.3], [9.7, 5.9]);
        assert_eq!(crossing(a, b, 0, 3.3), crossing(b, a, 0, 3.3));
    }
}
