//! Whether an outline and a rectangle have a point in common.

use super::{Bounds, Position, Ring, Shape};

impl Shape {
    /// Whether the outline has a point in common with the rectangle (degrees), borders included. A rectangle
    /// without extent is a point.
    pub(crate) fn meets(&self, rectangle: &Bounds) -> bool {
        self.bounds.meets(rectangle)
            && (self.polygons.iter().flatten().any(|ring| crosses(ring, rectangle))
                || self.polygons.iter().any(|rings| contains(rings, rectangle.low)))
    }
}

/// Whether a ring has a point in the rectangle.
fn crosses(ring: &Ring, rectangle: &Bounds) -> bool {
    ring.windows(2).any(|side| is_cut(side[0], side[1], rectangle))
}

/// Whether a line has a point in the rectangle: clipped to each side in turn, something is left of it
/// (Liang and Barsky 1984).
fn is_cut(a: Position, b: Position, rectangle: &Bounds) -> bool {
    let (mut from, mut to) = (0.0_f64, 1.0_f64);
    for axis in 0..2 {
        let (start, step) = (a[axis], b[axis] - a[axis]);
        let (low, high) = (rectangle.low[axis], rectangle.high[axis]);
        if step == 0.0 {
            if start < low || start > high {
                return false;
            }
            continue;
        }
        let (one, other) = ((low - start) / step, (high - start) / step);
        from = from.max(one.min(other));
        to = to.min(one.max(other));
    }
    from <= to
}

/// Whether a point lies in a polygon with holes: a ray from it meets its sides an odd number of times.
fn contains(rings: &[Ring], [x, y]: Position) -> bool {
    let crossings = rings.iter().flat_map(|ring| ring.windows(2)).filter(|side| {
        let ([x1, y1], [x2, y2]) = (side[0], side[1]);
        (y1 > y) != (y2 > y) && x < x1 + (x2 - x1) * (y - y1) / (y2 - y1)
    });
    crossings.count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square of 4 by 4 with a hole of 2 by 2 in the middle.
    fn square() -> Shape {
        Shape::read(
            r#"{"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,4],[0,0]],[[1,1],[1,3],[3,3],[3,1],[1,1]]]}"#,
        )
        .unwrap()
        .unwrap()
    }

    #[test]
    fn rectangles_and_points_meet_or_not() {
        let meets = |low, high| square().meets(&Bounds { low, high });
        assert!(meets([-1.0, -1.0], [5.0, 5.0]), "around it");
        assert!(meets([0.2, 0.2], [0.4, 0.4]), "inside");
        assert!(meets([0.5, 0.5], [0.5, 0.5]), "a point inside");
        assert!(meets([3.5, 3.5], [9.0, 9.0]), "over a corner");
        assert!(meets([4.0, 1.0], [5.0, 2.0]), "along a border");
        assert!(meets([2.0, 2.0], [3.0, 3.0]), "to the border of the hole");
        assert!(!meets([1.5, 1.5], [2.5, 2.5]), "in the hole");
        assert!(!meets([2.0, 2.0], [2.0, 2.0]), "a point in the hole");
        assert!(!meets([4.1, 0.0], [5.0, 4.0]), "beside it");
    }

    #[test]
    fn bounds_alone_are_not_enough() {
        let triangle = r#"{"type":"Polygon","coordinates":[[[0,0],[4,0],[0,4],[0,0]]]}"#;
        let triangle = Shape::read(triangle).unwrap().unwrap();
        assert!(!triangle.meets(&Bounds { low: [3.0, 3.0], high: [4.0, 4.0] }));
        assert!(triangle.meets(&Bounds { low: [1.9, 1.9], high: [4.0, 4.0] }));
    }
}
