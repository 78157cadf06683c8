//! Filters in CQL2 (OGC 21-065r2), as text and as JSON: a tree that is evaluated over what a reader sees.
//!
//! Only columns of the reader's projection have a name here, so that a filter is no way to ask about hidden
//! figures. Withheld values are null, and a comparison with null is neither true nor false, as in SQL.
//!
//! What is understood: comparisons, `AND`, `OR`, `NOT`, `BETWEEN`, `IN`, `LIKE`, `IS NULL`, `CASEI`, and
//! `S_INTERSECTS(geometry, …)` with a `BBOX` or `POINT`.

mod json;
mod like;
mod text;

use std::cmp::Ordering;

use crate::projection::{Area, Column, Detail, Kind, Value};
use crate::shapes::{Bounds, Crs, Position, Shapes};

pub(crate) use self::json::parse as parse_json;
use self::like::is_like;
pub(crate) use self::text::parse as parse_text;

/// Deepest nesting.
const DEEPEST: usize = 16;
/// Most conditions and values in one filter.
const MOST_TERMS: usize = 64;

/// Name of the geometry in filters.
pub(crate) const GEOMETRY: &str = "geometry";

/// A condition on an area.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    /// All hold.
    And(Vec<Filter>),
    /// One holds.
    Or(Vec<Filter>),
    /// Does not hold.
    Not(Box<Filter>),
    /// Two values compare so.
    Compare(Operand, Comparison, Operand),
    /// A value lies between two, bounds included.
    Between(Operand, Operand, Operand),
    /// A value is one of a list.
    In(Operand, Vec<Operand>),
    /// A text has a pattern, with `%` for any text and `_` for any one character.
    Like(Operand, Operand),
    /// A value is absent or withheld.
    IsNull(Operand),
    /// The outline has a point in common with a rectangle in degrees.
    Meets(Bounds),
    /// Always or never.
    Always(bool),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A value in a condition.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    /// That of a column.
    Column(&'static Column),
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// The same without regard to capitals.
    CaseInsensitive(Box<Operand>),
}

/// What a filter may name, and in which system its coordinates are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vocabulary {
    /// Detail of the projection that is filtered.
    pub(crate) detail: Detail,
    /// System of coordinates in the filter.
    pub(crate) crs: Crs,
}

/// Why a filter is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Something else was expected at this place: a character of the text, counted from 1, or a JSON pointer.
    Expected(&'static str, String),
    /// No such column.
    UnknownName(String),
    /// Text is compared with a number.
    KindMismatch(String),
    /// Too deep or too long.
    TooLarge,
    /// Coordinates that lie outside of the reference system.
    Coordinates,
}

impl PartialEq for Operand {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Column(a), Self::Column(b)) => a.name == b.name,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b,
            (Self::CaseInsensitive(a), Self::CaseInsensitive(b)) => a == b,
            _ => false,
        }
    }
}

impl Vocabulary {
    /// The column of this name.
    fn column(&self, name: &str) -> Result<Operand, Fault> {
        let column = Column::named(name, self.detail);
        column.map(Operand::Column).ok_or_else(|| Fault::UnknownName(name.to_owned()))
    }

    fn bounds(&self, low: Position, high: Position) -> Result<Bounds, Fault> {
        let fits = low.iter().chain(&high).all(|number| number.is_finite())
            && low[1] <= high[1]
            && low[0] <= high[0];
        let bounds = fits.then(|| self.crs.bounds_to_degrees(Bounds { low, high })).flatten();
        bounds.ok_or(Fault::Coordinates)
    }
}

impl Operand {
    fn kind(&self) -> Kind {
        match self {
            Self::Column(column) => column.kind,
            Self::Text(_) | Self::CaseInsensitive(_) => Kind::Text,
            Self::Number(_) => Kind::Number,
        }
    }

    fn of<'a>(&'a self, area: &'a Area) -> Evaluated<'a> {
        match self {
            Self::Column(column) => match column.of(area) {
                Value::Null => Evaluated::Null,
                Value::Text(text) => Evaluated::Text(text.into()),
                Value::Integer(number) => Evaluated::Number(number as f64),
                Value::Number(number) => Evaluated::Number(number),
            },
            Self::Text(text) => Evaluated::Text(text.into()),
            Self::Number(number) => Evaluated::Number(*number),
            Self::CaseInsensitive(inner) => match inner.of(area) {
                Evaluated::Text(text) => Evaluated::Text(text.to_lowercase().into()),
                other => other,
            },
        }
    }
}

enum Evaluated<'a> {
    Null,
    Text(std::borrow::Cow<'a, str>),
    Number(f64),
}

impl Evaluated<'_> {
    fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Number(a), Self::Number(b)) => a.partial_cmp(b),
            _ => None,
        }
    }
}

impl Comparison {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Filter {
    /// Whether the condition holds for an area; what is neither true nor false does not.
    pub(crate) fn holds(&self, area: &Area, shapes: &Shapes) -> bool {
        self.evaluate(area, shapes) == Some(true)
    }

    fn evaluate(&self, area: &Area, shapes: &Shapes) -> Option<bool> {
        match self {
            Self::And(parts) => decided_by(false, parts.iter().map(|part| part.evaluate(area, shapes))),
            Self::Or(parts) => decided_by(true, parts.iter().map(|part| part.evaluate(area, shapes))),
            Self::Not(part) => part.evaluate(area, shapes).map(|holds| !holds),
            Self::Compare(a, how, b) => a.of(area).compare(&b.of(area)).map(|order| how.holds(order)),
            Self::Between(value, low, high) => {
                let value = value.of(area);
                let above = value.compare(&low.of(area))?.is_ge();
                let below = value.compare(&high.of(area))?.is_le();
                Some(above && below)
            }
            Self::In(value, list) => {
                let value = value.of(area);
                if matches!(value, Evaluated::Null) {
                    return None;
                }
                Some(list.iter().any(|one| value.compare(&one.of(area)) == Some(Ordering::Equal)))
            }
            Self::Like(value, pattern) => match (value.of(area), pattern.of(area)) {
                (Evaluated::Text(text), Evaluated::Text(pattern)) => Some(is_like(&text, &pattern)),
                _ => None,
            },
            Self::IsNull(value) => Some(matches!(value.of(area), Evaluated::Null)),
            Self::Meets(bounds) => shapes.get(&area.code).map(|shape| shape.meets(bounds)),
            Self::Always(holds) => Some(*holds),
        }
    }

    /// Checks the kinds of values and the size.
    fn checked(self) -> Result<Self, Fault> {
        let mut terms = 0;
        self.check(1, &mut terms)?;
        Ok(self)
    }

    fn check(&self, depth: usize, terms: &mut usize) -> Result<(), Fault> {
        *terms += match self {
            Self::In(_, list) => 1 + list.len(),
            _ => 1,
        };
        if depth > DEEPEST || *terms > MOST_TERMS {
            return Err(Fault::TooLarge);
        }
        match self {
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().try_for_each(|part| part.check(depth + 1, terms))
            }
            Self::Not(part) => part.check(depth + 1, terms),
            Self::Compare(a, _, b) => same_kind(a, b),
            Self::Between(value, low, high) => same_kind(value, low).and_then(|()| same_kind(value, high)),
            Self::In(value, list) => list.iter().try_for_each(|one| same_kind(value, one)),
            Self::Like(value, pattern) => same_kind(value, pattern).and_then(|()| match value.kind() {
                Kind::Text => Ok(()),
                _ => Err(mismatch(value)),
            }),
            Self::IsNull(_) | Self::Meets(_) | Self::Always(_) => Ok(()),
        }
    }
}

/// One part with this outcome decides; else one that is unknown leaves it unknown.
fn decided_by(decisive: bool, parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut outcome = Some(!decisive);
    for part in parts {
        match part {
            Some(holds) if holds == decisive => return Some(decisive),
            Some(_) => {}
            None => outcome = None,
        }
    }
    outcome
}

fn same_kind(a: &Operand, b: &Operand) -> Result<(), Fault> {
    let is_text = |operand: &Operand| operand.kind() == Kind::Text;
    if is_text(a) == is_text(b) { Ok(()) } else { Err(mismatch(a)) }
}

fn mismatch(operand: &Operand) -> Fault {
    match operand {
        Operand::Column(column) => Fault::KindMismatch(column.name.to_owned()),
        Operand::Text(text) => Fault::KindMismatch(text.clone()),
        Operand::Number(number) => Fault::KindMismatch(number.to_string()),
        Operand::CaseInsensitive(inner) => mismatch(inner),
    }
}
