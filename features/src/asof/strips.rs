//! A static index of points: horizontal strips, sorted by x within each strip.
//!
//! A circle meets every strip in one run of neighbouring points, found by two binary searches; points that
//! lie together in the town lie together in memory. Strips without points take no room, so a stray
//! coordinate far away costs nothing.

/// Points in the order of the index; `item` tells which point of the caller each of them is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Strips {
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<f64>,
    pub(crate) item: Vec<u32>,
    height: f64,
    /// Number of each strip that has points, rising, with the position of its first point.
    strips: Vec<(i64, usize)>,
}

impl Strips {
    /// Indexes the points with finite coordinates; `radius` is the radius that will mostly be asked for.
    pub(crate) fn new(points: &[(f64, f64)], radius: f64) -> Self {
        let height = (radius / 12.0).max(1.0);
        let mut order: Vec<(i64, u32)> = (0u32..)
            .zip(points)
            .filter(|(_, (x, y))| x.is_finite() && y.is_finite())
            .map(|(i, (_, y))| (strip_of(*y, height), i))
            .collect();
        order.sort_unstable_by(|a, b| {
            let (xa, xb) = (points[a.1 as usize].0, points[b.1 as usize].0);
            a.0.cmp(&b.0).then(xa.total_cmp(&xb)).then(a.1.cmp(&b.1))
        });
        let mut strips: Vec<(i64, usize)> = Vec::new();
        for (position, (strip, _)) in order.iter().enumerate() {
            if strips.last().is_none_or(|last| last.0 != *strip) {
                strips.push((*strip, position));
            }
        }
        Self {
            x: order.iter().map(|o| points[o.1 as usize].0).collect(),
            y: order.iter().map(|o| points[o.1 as usize].1).collect(),
            item: order.iter().map(|o| o.1).collect(),
            height,
            strips,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.item.len()
    }

    /// Runs of positions within `within` that hold every point at most `radius` from `(x, y)`, and some
    /// others: the caller measures.
    pub(crate) fn runs(
        &self,
        x: f64,
        y: f64,
        radius: f64,
        within: std::ops::Range<usize>,
    ) -> impl Iterator<Item = std::ops::Range<usize>> {
        let first = self.strips.partition_point(|s| s.0 < strip_of(y - radius, self.height));
        let last_strip = strip_of(y + radius, self.height);
        self.strips[first..].iter().enumerate().take_while(move |(_, s)| s.0 <= last_strip).filter_map(
            move |(k, &(strip, start))| {
                let end = self.strips.get(first + k + 1).map_or(self.len(), |next| next.1);
                let (start, end) = (start.max(within.start), end.min(within.end));
                if start >= end {
                    return None;
                }
                let half = self.half_width(y, radius, strip);
                let xs = &self.x[start..end];
                let from = start + xs.partition_point(|&p| p < x - half);
                let to = start + xs.partition_point(|&p| p <= x + half);
                (from < to).then_some(from..to)
            },
        )
    }

    /// Half the widest chord of the circle within a strip, a hair wider against rounding.
    fn half_width(&self, y: f64, radius: f64, strip: i64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "strip numbers stay far below 2^53")]
        let low = strip as f64 * self.height;
        let away = (low - y).max(y - (low + self.height)).max(0.0) * (1.0 - 1e-9);
        (radius * radius - away * away).max(0.0).sqrt() * (1.0 + 1e-9) + 1e-6
    }
}

fn strip_of(y: f64, height: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a float to integer cast saturates")]
    let strip = (y / height).floor() as i64;
    strip
}

/// Square of the distance between two points: what every comparison with a radius uses.
pub(crate) fn distance_squared(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (dx, dy) = (a.0 - b.0, a.1 - b.1);
    dx * dx + dy * dy
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_a_full_scan_finds(
            points in prop::collection::vec((-500.0..500.0f64, -500.0..500.0f64), 0..200),
            centre in (-500.0..500.0f64, -500.0..500.0f64),
            radius in 0.0..400.0f64,
            usual in 1.0..300.0f64,
            cut in 0usize..200,
        ) {
            let near = |p: (f64, f64)| distance_squared(p, centre) <= radius * radius;
            let strips = Strips::new(&points, usual);
            let cut = cut.min(strips.len());
            let mut found: Vec<u32> = [0..cut, cut..strips.len()]
                .into_iter()
                .flat_map(|part| strips.runs(centre.0, centre.1, radius, part).flatten().collect::<Vec<_>>())
                .filter(|&i| near((strips.x[i], strips.y[i])))
                .map(|i| strips.item[i])
                .collect();
            found.sort_unstable();
            let slow: Vec<u32> = (0u32..).zip(&points).filter(|(_, p)| near(**p)).map(|(i, _)| i).collect();
            prop_assert_eq!(found, slow);
        }
    }

    #[test]
    fn points_on_the_circle_count() {
        let points: Vec<(f64, f64)> = vec![(0.0, 100.0), (100.0, 0.0), (60.0, 80.0), (f64::NAN, 0.0)];
        let strips = Strips::new(&points, 100.0);
        assert_eq!(strips.len(), 3);
        let found = strips.runs(0.0, 0.0, 100.0, 0..3).flatten().count();
        assert_eq!(found, 3);
    }
}
