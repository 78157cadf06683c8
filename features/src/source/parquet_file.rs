//! Parquet, through polars.
//!
//! polars panics on some damaged files; such a panic is caught here and becomes an error like any other.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use polars::prelude::{
    AnyValue, DataFrame, DataType, ParquetReader, PolarsError, SerReader, Series, TimeUnit,
};

use super::raw::{Cells, Content};
use super::read::Job;
use super::report::Finding;
use crate::tables::Day;

/// Why a Parquet file could not be read.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Polars(#[from] PolarsError),
    /// polars panicked, or gave columns of different lengths.
    #[error("its parts contradict each other")]
    Contradiction,
}

/// Reads the columns that the job wants.
pub(crate) fn read(job: &mut Job<'_>) -> Result<Content, Box<Finding>> {
    let names = guarded(|| names(&job.plan.path)).map_err(|e| unreadable(job, &e))?;
    let needed = job.resolve(&names)?;
    let frame = guarded(|| frame(&job.plan.path, &needed)).map_err(|e| unreadable(job, &e))?;
    let mut content = Content { lines: (1..=frame.height() as u64).collect(), ..Content::default() };
    for column in needed {
        let read = guarded(|| {
            let series = frame.column(&column)?.as_materialized_series().rechunk();
            Ok((cells(&series), series.dtype().to_string()))
        });
        let (cells, kind) = read.map_err(|e| unreadable(job, &e))?;
        let cells = cells.ok_or_else(|| {
            let remedy = "Write it as text, number, boolean, date or timestamp";
            job.place.error("column_type", format!("the column is of type {kind}"), remedy).in_column(&column)
        })?;
        if cells.len() != frame.height() {
            return Err(unreadable(job, &Unreadable::Contradiction));
        }
        content.columns.insert(column, cells);
    }
    Ok(content)
}

fn names(path: &Path) -> Result<Vec<String>, Unreadable> {
    let mut reader = ParquetReader::new(File::open(path)?);
    let schema = reader.schema()?;
    // polars sets memory aside by these counts. They must agree before it does: a damaged one may ask for exabytes.
    let footer = reader.get_metadata()?;
    let groups = &footer.row_groups;
    let rows = groups.iter().try_fold(0usize, |sum, group| sum.checked_add(group.num_rows()));
    let values = |group: usize| groups[group].parquet_columns().iter().map(|column| column.num_values());
    let agree = (0..groups.len()).all(|group| {
        let rows = i64::try_from(groups[group].num_rows()).ok();
        // Lists have more values than rows; they are refused later by their type.
        rows.is_some_and(|rows| {
            values(group).all(|count| count >= rows) && values(group).any(|count| count == rows)
        })
    });
    if rows != Some(footer.num_rows) || !agree {
        return Err(Unreadable::Contradiction);
    }
    Ok(schema.iter_names().map(|name| name.as_str().to_owned()).collect())
}

fn frame(path: &Path, columns: &[String]) -> Result<DataFrame, Unreadable> {
    Ok(ParquetReader::new(File::open(path)?).with_columns(Some(columns.to_vec())).finish()?)
}

fn unreadable(job: &Job<'_>, error: &Unreadable) -> Box<Finding> {
    let remedy = "Copy or download the file again: it may be cut off";
    job.place.error("unreadable", format!("cannot read it as Parquet: {error}"), remedy)
}

/// How many reads are going on.
static READING: AtomicUsize = AtomicUsize::new(0);

/// Runs a read; a panic in it becomes [`Unreadable::Contradiction`], and polars' word about it is not printed.
fn guarded<T>(read: impl FnOnce() -> Result<T, Unreadable>) -> Result<T, Unreadable> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let of_polars = panic.location().is_some_and(|place| place.file().contains("polars"));
            if !of_polars || READING.load(Ordering::SeqCst) == 0 {
                before(panic);
            }
        }));
    });
    READING.fetch_add(1, Ordering::SeqCst);
    let result = catch_unwind(AssertUnwindSafe(read));
    READING.fetch_sub(1, Ordering::SeqCst);
    result.unwrap_or(Err(Unreadable::Contradiction))
}

/// The column as text; `None` for nested types.
fn cells(series: &Series) -> Option<Cells> {
    let typed = !matches!(series.dtype(), DataType::String | DataType::Categorical(..) | DataType::Enum(..));
    let mut cells = Cells::typed(typed);
    for value in series.iter() {
        match value {
            AnyValue::Null => cells.push(""),
            AnyValue::Date(days) => cells.push(&Day(days).to_string()),
            AnyValue::Datetime(moment, unit, _) => {
                let per_day = match unit {
                    TimeUnit::Nanoseconds => 86_400_000_000_000,
                    TimeUnit::Microseconds => 86_400_000_000,
                    TimeUnit::Milliseconds => 86_400_000,
                };
                let days = i32::try_from(moment.div_euclid(per_day)).unwrap_or(i32::MAX);
                cells.push(&Day(days).to_string());
            }
            AnyValue::Boolean(yes) => cells.push(if yes { "true" } else { "false" }),
            AnyValue::Float32(number) => cells.push(&number.to_string()),
            AnyValue::Float64(number) => cells.push(&number.to_string()),
            AnyValue::Int32(number) => cells.push(&number.to_string()),
            AnyValue::Int64(number) => cells.push(&number.to_string()),
            AnyValue::UInt32(number) => cells.push(&number.to_string()),
            AnyValue::UInt64(number) => cells.push(&number.to_string()),
            other => cells.push(other.get_str()?),
        }
    }
    Some(cells)
}
