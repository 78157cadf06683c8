//! The published areas as a tree, and where each row falls in it.

use std::collections::BTreeSet;

use super::{Area, RollupError, Rules, Units};

/// Published areas, numbered by level and code.
pub(crate) struct Tree {
    /// Position in the input of each published area, sorted by level, then code.
    pub(crate) published: Vec<usize>,
    /// The nearest published area that each published area lies in.
    pub(crate) parent: Vec<Option<usize>>,
    /// The published areas that lie directly in each published area, sorted by code.
    pub(crate) children: Vec<Vec<usize>>,
    /// All published areas, each after the area it lies in.
    pub(crate) downwards: Vec<usize>,
    /// Ranges of `published` per level.
    pub(crate) levels: Vec<(String, std::ops::Range<usize>)>,
    /// Per area of the input, the nearest published area: itself, or the first one above it.
    pub(crate) home: Vec<Option<usize>>,
    /// Rows of each published area that lie in no published area below it.
    pub(crate) rows: Vec<Vec<usize>>,
    /// Rows that lie in no published area.
    pub(crate) unplaced: usize,
}

impl Tree {
    pub(crate) fn new(units: &Units<'_>, rules: &Rules) -> Result<Self, RollupError> {
        check_lengths(units)?;
        check_areas(units.areas)?;
        let areas = units.areas;
        let is_published = |a: &Area| rules.levels.is_empty() || rules.levels.contains(&a.level);
        let mut published: Vec<usize> = (0..areas.len()).filter(|&i| is_published(&areas[i])).collect();
        published.sort_by(|&a, &b| (&areas[a].level, &areas[a].code).cmp(&(&areas[b].level, &areas[b].code)));
        let mut number = vec![None; areas.len()];
        for (k, &i) in published.iter().enumerate() {
            number[i] = Some(k);
        }
        let parent: Vec<Option<usize>> =
            published.iter().map(|&i| nearest(areas, &number, areas[i].parent)).collect();
        let mut children = vec![Vec::new(); published.len()];
        for (k, p) in parent.iter().enumerate() {
            if let Some(p) = p {
                children[*p].push(k);
            }
        }
        for family in &mut children {
            family.sort_by(|&a, &b| areas[published[a]].code.cmp(&areas[published[b]].code));
        }
        // Found once per area, not once per row.
        let home: Vec<Option<usize>> =
            (0..areas.len()).map(|i| nearest(areas, &number, Some(i as u32))).collect();
        let (rows, unplaced) = place_rows(units, &home, published.len())?;
        let levels = levels(areas, &published);
        let downwards = downwards(&parent, &children);
        Ok(Self { published, parent, children, downwards, levels, home, rows, unplaced })
    }

    /// The area itself and all published areas that it lies in.
    pub(crate) fn upwards(&self, from: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(from), |&k| self.parent[k])
    }
}

fn downwards(parent: &[Option<usize>], children: &[Vec<usize>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..parent.len()).filter(|&k| parent[k].is_none()).collect();
    let mut next = 0;
    while let Some(&k) = order.get(next) {
        order.extend(&children[k]);
        next += 1;
    }
    order
}

/// The first published area at or above this position.
fn nearest(areas: &[Area], number: &[Option<usize>], from: Option<u32>) -> Option<usize> {
    let mut at = from.map(|p| p as usize);
    while let Some(i) = at {
        if number[i].is_some() {
            return number[i];
        }
        at = areas[i].parent.map(|p| p as usize);
    }
    None
}

fn levels(areas: &[Area], published: &[usize]) -> Vec<(String, std::ops::Range<usize>)> {
    let mut levels: Vec<(String, std::ops::Range<usize>)> = Vec::new();
    for (k, &i) in published.iter().enumerate() {
        match levels.last_mut() {
            Some((level, range)) if *level == areas[i].level => range.end = k + 1,
            _ => levels.push((areas[i].level.clone(), k..k + 1)),
        }
    }
    levels
}

type Rows = (Vec<Vec<usize>>, usize);

fn place_rows(units: &Units<'_>, home: &[Option<usize>], published: usize) -> Result<Rows, RollupError> {
    let mut rows = vec![Vec::new(); published];
    let mut unplaced = 0;
    for (row, area) in units.area.iter().enumerate() {
        let found = match area {
            None => None,
            Some(area) => *home.get(*area as usize).ok_or(RollupError::NoSuchArea {
                row,
                area: *area,
                areas: units.areas.len(),
            })?,
        };
        match found {
            Some(k) => rows[k].push(row),
            None => unplaced += 1,
        }
    }
    Ok((rows, unplaced))
}

fn check_lengths(units: &Units<'_>) -> Result<(), RollupError> {
    units.model.check(units.matrix.schema())?;
    let rows = units.matrix.rows();
    for (what, found) in [("exposure", units.exposure.len()), ("area", units.area.len())] {
        if found != rows {
            return Err(RollupError::Length { what, found, rows });
        }
    }
    match units.exposure.iter().position(|e| !(e.is_finite() && *e >= 0.0)) {
        Some(row) => Err(RollupError::Exposure { row, value: units.exposure[row] }),
        None => Ok(()),
    }
}

fn check_areas(areas: &[Area]) -> Result<(), RollupError> {
    let wrong = |area: &Area, why: String| Err(RollupError::Area { code: area.code.clone(), why });
    let mut codes = BTreeSet::new();
    for area in areas {
        if !codes.insert(area.code.as_str()) {
            return wrong(area, "two areas have this code".to_owned());
        }
        if area.parent.is_some_and(|p| p as usize >= areas.len()) {
            return wrong(area, format!("it lies in area number {:?}, which is not there", area.parent));
        }
    }
    for area in areas {
        let mut at = area;
        for _ in 0..areas.len() {
            match at.parent {
                Some(p) => at = &areas[p as usize],
                None => break,
            }
        }
        if at.parent.is_some() {
            return wrong(area, "it lies, by way of others, in itself".to_owned());
        }
    }
    Ok(())
}
