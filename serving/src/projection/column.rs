//! The columns of an area, once for all: GeoJSON, tiles, tables, schemas and filters read the same list.

use models::Text;
use serde::Serialize;

use super::detail::Detail;
use super::{Area, VisibleFigures};
use crate::problem::text;

/// A column of the table of areas.
#[derive(Debug)]
pub(crate) struct Column {
    /// Name, as in answers and filters.
    pub(crate) name: &'static str,
    /// Kind of value.
    pub(crate) kind: Kind,
    title: (&'static str, &'static str),
    from: Detail,
    until: Detail,
    read: fn(&Area) -> Value<'_>,
}

/// Kind of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text.
    Text,
    /// Whole number.
    Integer,
    /// Number.
    Number,
}

/// One value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Value<'a> {
    /// Nothing, or withheld.
    Null,
    /// Text.
    Text(&'a str),
    /// Whole number.
    Integer(i64),
    /// Number.
    Number(f64),
}

impl Column {
    /// The column of this name at this detail.
    pub(crate) fn named(name: &str, detail: Detail) -> Option<&'static Self> {
        COLUMNS.iter().find(|column| column.name == name && column.is_in(detail))
    }

    /// Whether areas have this column at this detail.
    pub(crate) fn is_in(&self, detail: Detail) -> bool {
        (self.from..=self.until).contains(&detail)
    }

    /// In words.
    pub(crate) fn title(&self) -> Text {
        text(self.title.0, self.title.1)
    }

    /// The value of an area.
    pub(crate) fn of<'a>(&self, area: &'a Area) -> Value<'a> {
        (self.read)(area)
    }
}

macro_rules! column {
    ($name:literal, $kind:ident, $nl:literal, $en:literal, $from:ident..=$until:ident, $read:expr) => {
        Column {
            name: $name,
            kind: Kind::$kind,
            title: ($nl, $en),
            from: Detail::$from,
            until: Detail::$until,
            read: $read,
        }
    };
}

/// All columns, in the order of tables.
pub(crate) static COLUMNS: [Column; 17] = [
    column!("code", Text, "CBS-code", "CBS code", Classes..=Full, |a| Value::Text(&a.code)),
    column!("name", Text, "Naam", "Name", Classes..=Full, |a| Value::Text(&a.name)),
    column!("level", Text, "Niveau", "Level", Classes..=Full, |a| Value::Text(&a.level)),
    column!("parent", Text, "Ligt in", "Lies in", Classes..=Full, |a| {
        a.parent.as_deref().map_or(Value::Null, Value::Text)
    }),
    column!("class", Text, "Klasse", "Class", Classes..=Full, |a| {
        a.figures.as_ref().map_or(Value::Null, |figures| Value::Text(figures.class.code()))
    }),
    column!(
        "suppressed",
        Text,
        "Waarom er geen cijfers zijn",
        "Why there are no figures",
        Classes..=Full,
        |a| { a.suppressed.map_or(Value::Null, |why| Value::Text(why.code())) }
    ),
    column!("units", Integer, "Aantal eenheden", "Number of units", Rounded..=Full, |a| integer(a, |f| f
        .units)),
    column!("exposure", Number, "Blootstelling", "Exposure", Rounded..=Full, |a| number(a, |f| f.exposure)),
    column!("expected", Number, "Verwachte vondsten", "Expected finds", Rounded..=Full, |a| number(a, |f| f
        .expected)),
    column!("low", Number, "Ondergrens (90 %)", "Lower bound (90 %)", Rounded..=Full, |a| number(a, |f| f
        .low)),
    column!("high", Number, "Bovengrens (90 %)", "Upper bound (90 %)", Rounded..=Full, |a| number(a, |f| f
        .high)),
    column!("rate_per_1000", Number, "Verwacht per 1.000", "Expected per 1,000", Rounded..=Full, |a| {
        number(a, |f| f.rate_per_1000)
    }),
    column!(
        "rank_band",
        Integer,
        "Vijfde deel van de rangen, 1 is het hoogste",
        "Fifth of the ranks, 1 is the highest",
        Rounded..=Rounded,
        |a| integer(a, |f| f.rank_band)
    ),
    column!("rank", Integer, "Rang", "Rank", Full..=Full, |a| integer(a, |f| f.rank)),
    column!("rank_low", Integer, "Beste rang (90 %)", "Best rank (90 %)", Full..=Full, |a| {
        integer(a, |f| f.rank_low)
    }),
    column!("rank_high", Integer, "Slechtste rang (90 %)", "Worst rank (90 %)", Full..=Full, |a| {
        integer(a, |f| f.rank_high)
    }),
    column!("chance_top_k", Number, "Kans op de top k", "Chance of the top k", Full..=Full, |a| {
        number(a, |f| f.chance_top_k)
    }),
];

fn integer(area: &Area, read: fn(&VisibleFigures) -> Option<u32>) -> Value<'_> {
    area.figures.as_ref().and_then(read).map_or(Value::Null, |value| Value::Integer(value.into()))
}

fn number(area: &Area, read: fn(&VisibleFigures) -> Option<f64>) -> Value<'_> {
    area.figures.as_ref().and_then(read).map_or(Value::Null, Value::Number)
}
