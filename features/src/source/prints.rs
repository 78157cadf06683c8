//! Prints of the rows of a file: enough to name the row that was changed, too little to tell what stands in it.
//!
//! Rows are cut into blocks of about [`BLOCK`]. Of each block the bundle keeps a print of all its rows, and for each
//! binary digit of the row's place in the block a print of the rows with a 0 there and of those with a 1 (group testing,
//! after Dorfman, 1943). When one row was changed, the halves that no longer fit spell its place; when one row was added
//! or taken away, only its own place makes all the others fit again.
//!
//! A print is 16 bits over at least [`FEWEST`] rows. So a bundle holds far less than a bit per row of a large file, and
//! no print belongs to a row: nothing can be looked up in it. What proves a file is its SHA-256; prints only say where to look.

use std::fmt::Write as _;
use std::ops::Range;

use geo::Geometry;
use geo::coords_iter::CoordsIter;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::raw::Content;

/// Rows of a block, at least; at most twice as many.
const BLOCK: usize = 4096;
/// Rows under a print, at least.
const FEWEST: usize = 64;

/// What is kept of an input file to tell later where it was changed. Holds nothing of its contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilePrints {
    /// Name of the source in the study.
    pub source: String,
    /// The file as the study names it.
    pub file: String,
    /// SHA-256 of the file's bytes, in hexadecimal.
    pub sha256: String,
    /// Rows that were read.
    pub rows: u64,
    /// One text per block: the print of all its rows, then per binary digit those of its two halves; `-` where a
    /// half has too few rows. Empty for a file of fewer than 64 rows.
    pub blocks: Vec<String>,
}

/// Where a file differs from what its prints were taken of. Lines are those of a text file as it is now, rows of other
/// files count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowChange {
    /// One row reads otherwise.
    Changed {
        /// Its line.
        line: u64,
    },
    /// One row was added.
    Added {
        /// Its line.
        line: u64,
    },
    /// One row was taken away.
    Removed {
        /// The line where it stood.
        line: u64,
    },
    /// More than one row differs, all of them between these lines.
    Between {
        /// First line that may differ.
        from: u64,
        /// Last line that may differ.
        to: u64,
    },
    /// Nothing that the study reads differs: the change is in a column or a way of writing that it does not use.
    NothingRead,
    /// The file is too small for prints.
    Anywhere,
}

/// A short hash of every row that was read, with its line.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowDigests {
    digest: Vec<u64>,
    line: Vec<u64>,
}

impl RowDigests {
    pub(crate) fn of(content: &Content) -> Self {
        let row = |row: usize| {
            let mut hasher = Sha256::new();
            for cells in content.columns.values() {
                let cell = cells.get(row);
                hasher.update((cell.len() as u64).to_le_bytes());
                hasher.update(cell.as_bytes());
            }
            if let Some(Some(shape)) = content.shapes.as_ref().map(|shapes| &shapes[row]) {
                corners(shape, &mut hasher);
            }
            let hash = hasher.finalize();
            hash.iter().take(8).fold(0, |digest, byte| (digest << 8) | u64::from(*byte))
        };
        let digest = (0..content.lines.len()).into_par_iter().map(row).collect();
        Self { digest, line: content.lines.clone() }
    }

    pub(crate) fn rows(&self) -> usize {
        self.digest.len()
    }

    /// The prints that a bundle keeps.
    pub(crate) fn prints(&self) -> Vec<String> {
        let blocks: Vec<Range<usize>> = blocks(self.rows()).collect();
        blocks.into_par_iter().map(|rows| Block::of(&self.digest[rows]).to_string()).collect()
    }

    /// Where these rows differ from those of the prints.
    pub(crate) fn compare(&self, kept: &FilePrints) -> Vec<RowChange> {
        let before = usize::try_from(kept.rows).unwrap_or(usize::MAX);
        let prints: Option<Vec<Block>> = kept.blocks.iter().map(|text| Block::read(text)).collect();
        let prints = match prints {
            Some(prints) if !prints.is_empty() && prints.len() == blocks(before).count() => prints,
            _ => return vec![RowChange::Anywhere],
        };
        let kept: Vec<(Range<usize>, Block)> = blocks(before).zip(prints).collect();
        if self.rows() == before {
            self.same_number(&kept)
        } else if self.rows() == before + 1 {
            vec![self.one_more(&kept)]
        } else if self.rows() + 1 == before {
            vec![self.one_less(&kept)]
        } else {
            vec![self.other_number(&kept)]
        }
    }

    fn same_number(&self, kept: &[(Range<usize>, Block)]) -> Vec<RowChange> {
        let differs = kept.iter().filter_map(|(rows, block)| {
            let places = block.places(&Block::of(&self.digest[rows.clone()]), rows.len())?;
            let (from, to) = (self.line[rows.start + places.0], self.line[rows.start + places.1]);
            Some(if from == to { RowChange::Changed { line: from } } else { RowChange::Between { from, to } })
        });
        let changes: Vec<RowChange> = differs.collect();
        if changes.is_empty() { vec![RowChange::NothingRead] } else { changes }
    }

    fn one_more(&self, kept: &[(Range<usize>, Block)]) -> RowChange {
        let first = kept.iter().find(|(rows, block)| Block::of(&self.digest[rows.clone()]) != *block);
        let Some((rows, block)) = first else { return RowChange::Added { line: self.at(self.rows() - 1) } };
        let longer = &self.digest[rows.start..=rows.end];
        let without = |place: usize| [&longer[..place], &longer[place + 1..]].concat();
        let fits =
            |place: &usize| print(&without(*place)) == block.all && Block::of(&without(*place)) == *block;
        match (0..longer.len()).into_par_iter().find_first(fits) {
            Some(place) => RowChange::Added { line: self.at(rows.start + place) },
            None => self.other_number(kept),
        }
    }

    fn one_less(&self, kept: &[(Range<usize>, Block)]) -> RowChange {
        let misfit = |(rows, block): &&(Range<usize>, Block)| {
            self.digest.get(rows.clone()).is_none_or(|now| Block::of(now) != *block)
        };
        let Some((rows, block)) = kept.iter().find(misfit) else { return RowChange::NothingRead };
        let shorter = &self.digest[rows.start..rows.end - 1];
        match (0..rows.len()).into_par_iter().find_first(|place| block.fits_without(shorter, *place)) {
            Some(place) => RowChange::Removed { line: self.at(rows.start + place) },
            None => self.other_number(kept),
        }
    }

    /// From the first block that does not fit to the last that does not fit counted from the end.
    fn other_number(&self, kept: &[(Range<usize>, Block)]) -> RowChange {
        let before = kept.last().map_or(0, |(rows, _)| rows.end);
        let fits = |rows: Range<usize>, block: &Block| {
            self.digest.get(rows).is_some_and(|now| Block::of(now) == *block)
        };
        let head = kept.iter().take_while(|(rows, block)| fits(rows.clone(), block)).count();
        let from_end = |at: usize| (at + self.rows()).checked_sub(before);
        let tail = kept[head..].iter().rev().take_while(|(rows, block)| {
            let moved = from_end(rows.start).zip(from_end(rows.end));
            moved.is_some_and(|(start, end)| fits(start..end, block))
        });
        let last = kept.len() - tail.count();
        let from = kept.get(head).map_or(before, |(rows, _)| rows.start);
        let to = last.checked_sub(1).map_or(from, |last| from_end(kept[last].0.end).unwrap_or(from));
        RowChange::Between { from: self.at(from), to: self.at(to.max(from + 1) - 1) }
    }

    /// Line of a row; of the last one for a row that is no longer there.
    fn at(&self, row: usize) -> u64 {
        self.line.get(row).or(self.line.last()).copied().unwrap_or(1)
    }
}

/// Blocks of nearly equal length; none for a file that is too small.
fn blocks(rows: usize) -> impl Iterator<Item = Range<usize>> {
    let count = if rows < FEWEST { 0 } else { (rows / BLOCK).max(1) };
    (0..count).map(move |k| k * rows / count..(k + 1) * rows / count)
}

/// The prints of one block.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    all: u16,
    /// Per binary digit of the place: the rows with a 0, the rows with a 1.
    halves: Vec<[Option<u16>; 2]>,
}

impl Block {
    fn of(digests: &[u64]) -> Self {
        let half = |digit: u32, value: usize| {
            let rows: Vec<u64> = (0..digests.len())
                .filter(|place| (place >> digit) & 1 == value)
                .map(|place| digests[place])
                .collect();
            (rows.len() >= FEWEST).then(|| print(&rows))
        };
        let halves = (0..digits(digests.len())).map(|digit| [half(digit, 0), half(digit, 1)]);
        Self { all: print(digests), halves: halves.collect() }
    }

    fn read(text: &str) -> Option<Self> {
        let number = |text: &str| u16::from_str_radix(text, 16).ok();
        let half = |text: &str| if text == "-" { Some(None) } else { number(text).map(Some) };
        let mut parts = text.split(' ');
        let all = number(parts.next()?)?;
        let halves = parts.map(|pair| {
            let (zero, one) = pair.split_once('/')?;
            Some([half(zero)?, half(one)?])
        });
        Some(Self { all, halves: halves.collect::<Option<_>>()? })
    }

    /// First and last place that may hold the change; `None` when nothing differs.
    fn places(&self, now: &Self, rows: usize) -> Option<(usize, usize)> {
        if self == now {
            return None;
        }
        let digits: Vec<Option<usize>> =
            self.halves.iter().zip(&now.halves).map(|(a, b)| digit(a, b)).collect();
        let may = |place: &usize| {
            digits.iter().enumerate().all(|(at, digit)| digit.is_none_or(|digit| (place >> at) & 1 == digit))
        };
        let first = (0..rows).find(may).unwrap_or(0);
        Some((first, (0..rows).rev().find(may).unwrap_or(rows - 1)))
    }

    /// Whether these rows, with one more at this place, can be the block: all halves without that row fit.
    fn fits_without(&self, shorter: &[u64], place: usize) -> bool {
        self.halves.iter().enumerate().all(|(digit, halves)| {
            let other = 1 - ((place >> digit) & 1);
            halves[other].is_none_or(|wanted| {
                let then = |now: usize| if now < place { now } else { now + 1 };
                let of_half = (0..shorter.len()).filter(|now| (then(*now) >> digit) & 1 == other);
                print(&of_half.map(|now| shorter[now]).collect::<Vec<_>>()) == wanted
            })
        })
    }
}

impl std::fmt::Display for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04x}", self.all)?;
        for pair in &self.halves {
            f.write_char(' ')?;
            for (at, half) in pair.iter().enumerate() {
                if at == 1 {
                    f.write_char('/')?;
                }
                match half {
                    Some(print) => write!(f, "{print:04x}")?,
                    None => f.write_char('-')?,
                }
            }
        }
        Ok(())
    }
}

/// The digit that one changed row has here, if the halves tell.
fn digit(kept: &[Option<u16>; 2], now: &[Option<u16>; 2]) -> Option<usize> {
    let differs = |half: usize| kept[half].zip(now[half]).map(|(kept, now)| kept != now);
    match (differs(0), differs(1)) {
        (Some(true), Some(false) | None) | (None, Some(false)) => Some(0),
        (Some(false) | None, Some(true)) | (Some(false), None) => Some(1),
        _ => None,
    }
}

/// Binary digits of the places of so many rows.
fn digits(rows: usize) -> u32 {
    usize::BITS - rows.saturating_sub(1).leading_zeros()
}

fn print(digests: &[u64]) -> u16 {
    let mut hasher = Sha256::new();
    digests.iter().for_each(|digest| hasher.update(digest.to_le_bytes()));
    hasher.finalize().iter().take(2).fold(0, |print, byte| (print << 8) | u16::from(*byte))
}

fn corners(shape: &Geometry<f64>, hasher: &mut Sha256) {
    for corner in shape.coords_iter() {
        hasher.update(corner.x.to_bits().to_le_bytes());
        hasher.update(corner.y.to_bits().to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn digests(rows: &[u64]) -> RowDigests {
        let line = (2..).take(rows.len()).collect();
        RowDigests { digest: rows.to_vec(), line }
    }

    fn kept(rows: &[u64]) -> FilePrints {
        let of = digests(rows);
        FilePrints {
            source: "s".to_owned(),
            file: "f".to_owned(),
            sha256: String::new(),
            rows: rows.len() as u64,
            blocks: of.prints(),
        }
    }

    fn rows(count: usize) -> Vec<u64> {
        (0..count as u64).map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 77).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn one_row_is_named(count in 128_usize..9_000, at in 0.0..1.0_f64) {
            let before = rows(count);
            let place = (at * count as f64) as usize;
            let prints = kept(&before);
            let line = place as u64 + 2;
            let mut changed = before.clone();
            changed[place] ^= 1;
            prop_assert_eq!(digests(&changed).compare(&prints), vec![RowChange::Changed { line }]);
            let mut longer = before.clone();
            longer.insert(place, 5);
            prop_assert_eq!(digests(&longer).compare(&prints), vec![RowChange::Added { line }]);
            let mut shorter = before.clone();
            shorter.remove(place);
            // Of the last row's place, the file now has no line.
            let stood = line.min(shorter.len() as u64 + 1);
            prop_assert_eq!(digests(&shorter).compare(&prints), vec![RowChange::Removed { line: stood }]);
            prop_assert_eq!(digests(&before).compare(&prints), vec![RowChange::NothingRead]);
        }

        #[test]
        fn several_rows_lie_between_the_lines_named(
            count in 128_usize..9_000, a in 0.0..1.0_f64, b in 0.0..1.0_f64, gone in 2_usize..40
        ) {
            let before = rows(count);
            let prints = kept(&before);
            let places = [a, b].map(|at| (at * count as f64) as usize);
            let mut changed = before.clone();
            for place in places {
                changed[place] = changed[place].wrapping_add(3);
            }
            let inside = |changes: &[RowChange], line: u64| changes.iter().any(|change| match *change {
                RowChange::Changed { line: named } => named == line,
                RowChange::Between { from, to } => from <= line && line <= to,
                _ => false,
            });
            let changes = digests(&changed).compare(&prints);
            prop_assert!(places.iter().all(|place| inside(&changes, *place as u64 + 2)), "{:?}", changes);
            let mut shorter = before;
            let place = places[0].min(count - gone);
            shorter.drain(place..place + gone);
            let changes = digests(&shorter).compare(&prints);
            prop_assert!(inside(&changes, (place as u64 + 2).min(shorter.len() as u64 + 1)), "{:?}", changes);
        }
    }

    /// What is kept of a block reads back as it was, and no half of few rows has a print.
    #[test]
    fn prints_are_few_and_never_of_few_rows() {
        let prints = kept(&rows(130)).blocks;
        assert_eq!(prints.len(), 1);
        let block = Block::read(&prints[0]).unwrap();
        assert_eq!(block.to_string(), prints[0]);
        assert!(block.halves[7] == [Some(block.halves[7][0].unwrap()), None], "two rows have a 1 in front");
        assert!(kept(&rows(63)).blocks.is_empty());
        assert_eq!(digests(&rows(63)).compare(&kept(&rows(63))), vec![RowChange::Anywhere]);
        let large: usize = kept(&rows(100_000)).blocks.iter().map(String::len).sum();
        assert!(large * 8 < 100_000, "less than a bit of text per row: {large} bytes");
    }
}
