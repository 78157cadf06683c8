//! Mapbox Vector Tile 2.1 (protobuf).

use std::collections::HashMap;

use prost::Message;

use crate::projection::Value as ColumnValue;

/// Units along the side of a tile.
pub(super) const EXTENT: u32 = 4096;

/// A tile.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Tile {
    /// The layers.
    #[prost(message, repeated, tag = "3")]
    pub(crate) layers: Vec<Layer>,
}

/// A layer.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Layer {
    /// Version of the format.
    #[prost(uint32, required, tag = "15")]
    pub(crate) version: u32,
    /// Name.
    #[prost(string, required, tag = "1")]
    pub(crate) name: String,
    /// The features.
    #[prost(message, repeated, tag = "2")]
    pub(crate) features: Vec<Feature>,
    /// Names of properties.
    #[prost(string, repeated, tag = "3")]
    pub(crate) keys: Vec<String>,
    /// Values of properties.
    #[prost(message, repeated, tag = "4")]
    pub(crate) values: Vec<Value>,
    /// Units along the side.
    #[prost(uint32, optional, tag = "5")]
    pub(crate) extent: Option<u32>,
}

/// A feature.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Feature {
    /// Number.
    #[prost(uint64, optional, tag = "1")]
    pub(crate) id: Option<u64>,
    /// Pairs of places in keys and values.
    #[prost(uint32, repeated, tag = "2")]
    pub(crate) tags: Vec<u32>,
    /// Kind of geometry; 3 is a polygon.
    #[prost(int32, optional, tag = "3")]
    pub(crate) kind: Option<i32>,
    /// Commands and steps.
    #[prost(uint32, repeated, tag = "4")]
    pub(crate) geometry: Vec<u32>,
}

/// A value.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Value {
    /// Text.
    #[prost(string, optional, tag = "1")]
    pub(crate) text: Option<String>,
    /// Number.
    #[prost(double, optional, tag = "3")]
    pub(crate) number: Option<f64>,
    /// Whole number.
    #[prost(int64, optional, tag = "4")]
    pub(crate) integer: Option<i64>,
}

/// A layer under construction: equal names and values are written once.
pub(super) struct LayerWriter {
    layer: Layer,
    keys: HashMap<&'static str, u32>,
    values: HashMap<Vec<u8>, u32>,
}

impl LayerWriter {
    /// A layer without features.
    pub(super) fn new(name: &str) -> Self {
        let layer = Layer { version: 2, name: name.to_owned(), extent: Some(EXTENT), ..Layer::default() };
        Self { layer, keys: HashMap::new(), values: HashMap::new() }
    }

    /// Adds a feature of polygons; what has no value gets no property.
    pub(super) fn add<'a>(
        &mut self,
        id: Option<u64>,
        polygons: &[Vec<Vec<[i32; 2]>>],
        properties: impl Iterator<Item = (&'static str, ColumnValue<'a>)>,
    ) {
        let mut tags = Vec::new();
        for (name, value) in properties {
            if let Some(value) = written(value) {
                tags.extend([self.key(name), self.value(value)]);
            }
        }
        self.layer.features.push(Feature { id, tags, kind: Some(3), geometry: commands(polygons) });
    }

    /// The tile with this layer, or nothing when the layer is empty.
    pub(super) fn finish(self) -> Vec<u8> {
        if self.layer.features.is_empty() {
            Vec::new()
        } else {
            Tile { layers: vec![self.layer] }.encode_to_vec()
        }
    }

    fn key(&mut self, name: &'static str) -> u32 {
        let keys = &mut self.layer.keys;
        *self.keys.entry(name).or_insert_with(|| {
            keys.push(name.to_owned());
            keys.len() as u32 - 1
        })
    }

    fn value(&mut self, value: Value) -> u32 {
        let values = &mut self.layer.values;
        *self.values.entry(value.encode_to_vec()).or_insert_with(|| {
            values.push(value);
            values.len() as u32 - 1
        })
    }
}

fn written(value: ColumnValue<'_>) -> Option<Value> {
    match value {
        ColumnValue::Null => None,
        ColumnValue::Text(text) => Some(Value { text: Some(text.to_owned()), ..Value::default() }),
        ColumnValue::Integer(integer) => Some(Value { integer: Some(integer), ..Value::default() }),
        ColumnValue::Number(number) => Some(Value { number: Some(number), ..Value::default() }),
    }
}

/// MoveTo the first corner of each ring, LineTo the others, ClosePath; steps are relative and zigzag-coded.
fn commands(polygons: &[Vec<Vec<[i32; 2]>>]) -> Vec<u32> {
    let command = |id: u32, count: usize| id | (count as u32) << 3;
    let zigzag = |step: i32| (step << 1 ^ step >> 31) as u32;
    let mut out = Vec::new();
    let mut at = [0, 0];
    for ring in polygons.iter().flatten() {
        for (i, corner) in ring.iter().enumerate() {
            match i {
                0 => out.push(command(1, 1)),
                1 => out.push(command(2, ring.len() - 1)),
                _ => {}
            }
            out.extend([zigzag(corner[0] - at[0]), zigzag(corner[1] - at[1])]);
            at = *corner;
        }
        out.push(command(7, 1));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The polygon of the specification's section 4.3.5.
    #[test]
    fn a_polygon_is_written_as_in_the_specification() {
        let polygon = vec![vec![vec![[3, 6], [8, 12], [20, 34]]]];
        assert_eq!(commands(&polygon), [9, 6, 12, 18, 10, 12, 24, 44, 15]);
    }
}
