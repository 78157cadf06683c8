//! Published figures of areas, as they stood at an as-of date.

use super::AsofError;
use super::resolve::figure_column;
use crate::tables::{AreaFigures, Day, Tables};

/// Per area (of all levels), the newest figure of `column` that was published before `as_of`; NaN where
/// there is none. For audit attributes. A figure that was withheld (secret) is newest too: it gives NaN,
/// not the year before; a cell that is merely absent does not hide an older figure.
///
/// # Errors
/// When there is no such figures source or column.
pub fn published_at(tables: &Tables, source: &str, column: &str, as_of: Day) -> Result<Vec<f32>, AsofError> {
    let (figures, column) = figure_column(tables, source, column, "published figures")?;
    Ok(newest(&tables.figures[figures], column, tables.areas.code.len(), as_of))
}

pub(crate) fn newest(figures: &AreaFigures, column: usize, areas: usize, t: Day) -> Vec<f32> {
    let values = &figures.columns[column].values;
    let secret = figures.secret.get(column);
    let mut newest: Vec<Option<(i32, Day, usize)>> = vec![None; areas];
    for (row, value) in values.iter().enumerate() {
        let withheld = secret.and_then(|s| s.get(row)).copied().unwrap_or(false);
        if figures.published[row] >= t || (value.is_nan() && !withheld) {
            continue;
        }
        let here = Some((figures.year[row], figures.published[row], row));
        if let Some(best) = newest.get_mut(figures.area[row] as usize)
            && here > *best
        {
            *best = here;
        }
    }
    let value = |row: usize| {
        let withheld = secret.and_then(|s| s.get(row)).copied().unwrap_or(false);
        if withheld { f32::NAN } else { values[row] }
    };
    newest.iter().map(|n| n.map_or(f32::NAN, |(_, _, row)| value(row))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{Areas, Column};

    #[test]
    fn newest_published_strictly_before() {
        let figures = AreaFigures {
            source: "kerncijfers".to_owned(),
            area: vec![0, 0, 0, 0, 1],
            year: vec![2020, 2021, 2022, 2023, 2023],
            published: vec![Day(10), Day(20), Day(30), Day(40), Day(40)],
            columns: vec![Column {
                name: "huur".to_owned(),
                values: vec![1.0, 2.0, f32::NAN, f32::NAN, 9.0],
                categories: vec![],
            }],
            secret: vec![vec![false, false, false, true, false]],
        };
        let areas = Areas { code: vec!["a".to_owned(), "b".to_owned()], ..Areas::default() };
        let tables = Tables { areas, figures: vec![figures], ..Tables::default() };
        let at = |t| published_at(&tables, "kerncijfers", "huur", Day(t)).unwrap();
        assert!(at(10)[0].is_nan(), "published on the day itself is too late");
        assert_eq!(at(11)[0], 1.0);
        assert_eq!(at(20)[0], 1.0);
        assert_eq!(at(21)[0], 2.0);
        assert_eq!(at(31)[0], 2.0, "an absent cell does not hide an older figure");
        assert!(at(41)[0].is_nan(), "a withheld figure does");
        assert_eq!(at(41)[1], 9.0);
        let message = published_at(&tables, "kerncijfer", "huur", Day(1)).unwrap_err().to_string();
        assert!(message.contains("did you mean `kerncijfers`"), "{message}");
    }
}
