//! Parquet, through polars.

use std::fs::File;

use polars::prelude::{AnyValue, DataType, ParquetReader, PolarsError, SerReader, Series, TimeUnit};

use super::raw::{Cells, Content};
use super::read::Job;
use super::report::Finding;
use crate::tables::Day;

/// Reads the columns that the job wants.
pub(crate) fn read(job: &mut Job<'_>) -> Result<Content, Box<Finding>> {
    let file = File::open(&job.plan.path)
        .map_err(|e| job.place.error("unreadable_file", e.to_string(), "Check `path`"))?;
    let mut reader = ParquetReader::new(file);
    let schema = reader.schema().map_err(|e| unreadable(job, &e))?;
    let names: Vec<String> = schema.iter_names().map(|name| name.as_str().to_owned()).collect();
    let needed = job.resolve(&names)?;
    let frame = reader.with_columns(Some(needed.clone())).finish().map_err(|e| unreadable(job, &e))?;
    let mut content = Content { lines: (1..=frame.height() as u64).collect(), ..Content::default() };
    for column in needed {
        let series =
            frame.column(&column).map_err(|e| unreadable(job, &e))?.as_materialized_series().rechunk();
        let cells = cells(&series).map_err(|e| unreadable(job, &e))?.ok_or_else(|| {
            job.place
                .error(
                    "column_type",
                    format!("the column is of type {}", series.dtype()),
                    "Write it as text, number, boolean, date or timestamp",
                )
                .in_column(&column)
        })?;
        content.columns.insert(column, cells);
    }
    Ok(content)
}

fn unreadable(job: &Job<'_>, error: &PolarsError) -> Box<Finding> {
    job.place.error(
        "unreadable",
        format!("cannot read it as Parquet: {error}"),
        "Copy or download the file again: it may be cut off",
    )
}

/// The column as text; `None` for nested types.
fn cells(series: &Series) -> Result<Option<Cells>, PolarsError> {
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
            other => match other.get_str() {
                Some(text) => cells.push(text),
                None => return Ok(None),
            },
        }
    }
    Ok(Some(cells))
}
