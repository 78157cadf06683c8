//! In which area a point lies.

use geo::{BoundingRect, Intersects, MultiPolygon, Point};
use rayon::prelude::*;
use rstar::{AABB, RTree, RTreeObject};

use super::mapping::suggestion;
use crate::tables::Areas;

struct Box2 {
    envelope: AABB<[f64; 2]>,
    area: u32,
}

impl RTreeObject for Box2 {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        self.envelope
    }
}

/// Finds areas by point or by code.
pub(crate) struct Locator<'a> {
    areas: &'a Areas,
    tree: RTree<Box2>,
    /// Positions in `areas`, by code.
    by_code: Vec<u32>,
}

impl<'a> Locator<'a> {
    pub(crate) fn new(areas: &'a Areas) -> Self {
        let boxes = (0u32..).zip(&areas.shape).filter_map(|(area, shape)| {
            let bounds = shape.as_ref()?.bounding_rect()?;
            let envelope =
                AABB::from_corners([bounds.min().x, bounds.min().y], [bounds.max().x, bounds.max().y]);
            (areas.level[area as usize] == 0).then_some(Box2 { envelope, area })
        });
        let tree = RTree::bulk_load(boxes.collect());
        let mut by_code: Vec<u32> = (0u32..).zip(&areas.code).map(|(area, _)| area).collect();
        by_code.sort_by(|a, b| areas.code[*a as usize].cmp(&areas.code[*b as usize]));
        Self { areas, tree, by_code }
    }

    /// Whether there are shapes to find points in.
    pub(crate) fn has_shapes(&self) -> bool {
        self.tree.size() > 0
    }

    /// The most detailed area that holds the point; the first one by code on a border or overlap.
    pub(crate) fn at(&self, x: f64, y: f64) -> Option<u32> {
        if x.is_nan() || y.is_nan() {
            return None;
        }
        let point = Point::new(x, y);
        let near = self.tree.locate_in_envelope_intersecting(&AABB::from_point([x, y]));
        let holds = |shape: &MultiPolygon<f64>| shape.intersects(&point);
        near.map(|one| one.area)
            .filter(|&area| self.areas.shape[area as usize].as_ref().is_some_and(holds))
            .min()
    }

    /// [`Self::at`] for many points at once.
    pub(crate) fn all(&self, x: &[f64], y: &[f64]) -> Vec<Option<u32>> {
        x.par_iter().zip(y).map(|(&x, &y)| self.at(x, y)).collect()
    }

    /// The area with this code, of any level.
    pub(crate) fn code(&self, code: &str) -> Option<u32> {
        let at =
            self.by_code.binary_search_by(|&area| self.areas.code[area as usize].as_str().cmp(code)).ok()?;
        Some(self.by_code[at])
    }

    /// The area with this code, if it is one of the most detailed.
    pub(crate) fn detailed(&self, code: &str) -> Option<u32> {
        self.code(code).filter(|&area| self.areas.level[area as usize] == 0)
    }

    /// A hint for a code that is not there.
    pub(crate) fn hint(&self, code: &str) -> String {
        if self.code(code).is_some() {
            let level = self.areas.levels.first().map_or("area", String::as_str);
            return format!("`{code}` is of a higher level; give the code of the {level}");
        }
        match suggestion(code, &self.areas.code) {
            Some(nearest) => format!("The areas of the study have codes such as `{nearest}`"),
            None => "The areas of the study have other codes".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::Rect;
    use proptest::prelude::*;

    fn areas(boxes: &[(f64, f64, f64, f64)]) -> Areas {
        let mut areas = Areas { levels: vec!["buurt".to_owned()], ..Areas::default() };
        for (at, &(x, y, w, h)) in boxes.iter().enumerate() {
            areas.code.push(format!("BU{at:08}"));
            areas.level.push(0);
            areas.shape.push(Some(Rect::new((x, y), (x + w, y + h)).to_polygon().into()));
        }
        areas
    }

    proptest! {
        #[test]
        fn agrees_with_trying_every_area(
            boxes in prop::collection::vec((0.0..90.0f64, 0.0..90.0f64, 1.0..30.0f64, 1.0..30.0f64), 0..20),
            points in prop::collection::vec((0.0..100.0f64, 0.0..100.0f64), 1..50),
        ) {
            let areas = areas(&boxes);
            let locator = Locator::new(&areas);
            for (x, y) in points {
                let slow = boxes.iter().position(|&(left, low, w, h)| {
                    x >= left && x <= left + w && y >= low && y <= low + h
                });
                prop_assert_eq!(locator.at(x, y).map(|area| area as usize), slow);
            }
            prop_assert_eq!(locator.at(f64::NAN, 1.0), None);
        }
    }

    #[test]
    fn codes_are_found() {
        let areas = areas(&[(0.0, 0.0, 1.0, 1.0), (1.0, 0.0, 1.0, 1.0)]);
        let locator = Locator::new(&areas);
        assert_eq!(locator.detailed("BU00000001"), Some(1));
        assert_eq!(locator.code("BU00000009"), None);
        assert!(locator.hint("BU00000009").contains("BU0000000"));
    }
}
