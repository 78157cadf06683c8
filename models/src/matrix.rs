//! The feature matrix: columnar, 32-bit, NaN for missing.

use crate::schema::Schema;

/// A feature matrix: one `Vec<f32>` per feature of the schema, all of the same length. 32 bits because
/// that is what ONNX reads, so that every backend sees the very same input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    schema: Schema,
    columns: Vec<Vec<f32>>,
    rows: usize,
}

/// The columns do not fit the schema.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "the schema has {features} features, but {columns} columns of {rows} rows came with it (lengths: {lengths:?})"
)]
pub struct ShapeMismatch {
    features: usize,
    columns: usize,
    rows: usize,
    lengths: Vec<usize>,
}

impl Matrix {
    /// Puts columns under a schema; `columns[j]` holds feature `j` of all `rows` rows.
    ///
    /// # Errors
    /// When the number of columns or any column's length does not fit.
    pub fn new(schema: Schema, columns: Vec<Vec<f32>>, rows: usize) -> Result<Self, ShapeMismatch> {
        if columns.len() != schema.features.len() || columns.iter().any(|c| c.len() != rows) {
            return Err(ShapeMismatch {
                features: schema.features.len(),
                columns: columns.len(),
                rows,
                lengths: columns.iter().map(Vec::len).collect(),
            });
        }
        Ok(Self { schema, columns, rows })
    }

    /// The schema of the columns.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// All values of feature `j`.
    #[must_use]
    pub fn column(&self, j: usize) -> &[f32] {
        &self.columns[j]
    }

    /// The column with this feature name.
    #[must_use]
    pub fn column_named(&self, name: &str) -> Option<&[f32]> {
        self.schema.features.iter().position(|f| f.name == name).map(|j| self.columns[j].as_slice())
    }

    /// Row `i`, in the order of the schema.
    #[must_use]
    pub fn row(&self, i: usize) -> Vec<f32> {
        self.columns.iter().map(|c| c[i]).collect()
    }

    /// The rows at these positions, in this order.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        let columns = self.columns.iter().map(|c| rows.iter().map(|&i| c[i]).collect()).collect();
        Self { schema: self.schema.clone(), columns, rows: rows.len() }
    }
}
