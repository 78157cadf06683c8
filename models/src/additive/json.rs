//! `model.json`: the readable model, and back again bit for bit.

use super::{AdditiveModel, ModelError};

impl AdditiveModel {
    /// The model as JSON for readers: one thing per line, lists of numbers on one line. The same model gives
    /// the same bytes, and [`AdditiveModel::from_json`] gives back the same bits.
    ///
    /// # Errors
    /// When the model is not sound; JSON has no infinite numbers.
    pub fn to_json(&self) -> Result<String, ModelError> {
        self.validate()?;
        let text = serde_json::to_string_pretty(self).map_err(not_a_model)?;
        Ok(short_lists_on_one_line(&text))
    }

    /// Reads a model and checks that it is sound.
    ///
    /// # Errors
    /// When the text is no model, with line and column; or when the model is not sound.
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        let model: Self = serde_json::from_str(text).map_err(not_a_model)?;
        model.validate()?;
        Ok(model)
    }
}

fn not_a_model(cause: serde_json::Error) -> ModelError {
    ModelError::NotAModel { line: cause.line(), column: cause.column(), cause }
}

/// Puts lists without lists or objects in them on one line. In pretty JSON a line break is never part of a
/// string, so lines can be judged by their ends.
fn short_lists_on_one_line(pretty: &str) -> String {
    let lines: Vec<&str> = pretty.lines().collect();
    let mut out = String::with_capacity(pretty.len());
    let mut i = 0;
    while i < lines.len() {
        out.push_str(lines[i]);
        if opens_list(lines[i])
            && let Some(end) = flat_end(&lines, i)
        {
            for (k, line) in lines[i + 1..=end].iter().enumerate() {
                if k > 0 && i + 1 + k < end {
                    out.push(' ');
                }
                out.push_str(line.trim_start());
            }
            i = end;
        }
        out.push('\n');
        i += 1;
    }
    out
}

fn opens_list(line: &str) -> bool {
    line.ends_with('[')
}

/// Line where the list that opens at `start` ends, if it holds only numbers, texts and the like.
fn flat_end(lines: &[&str], start: usize) -> Option<usize> {
    for (offset, line) in lines[start + 1..].iter().enumerate() {
        let line = line.trim();
        if line == "]" || line == "]," {
            return Some(start + 1 + offset);
        }
        if line.ends_with('[') || line.ends_with('{') {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::additive::{Link, Shape, Transform};
    use crate::testing::every_shape;

    fn broken(change: impl FnOnce(&mut AdditiveModel)) -> String {
        let mut model = every_shape(Link::Logit);
        change(&mut model);
        let text = serde_json::to_string(&model).unwrap();
        AdditiveModel::from_json(&text).unwrap_err().to_string()
    }

    #[test]
    fn a_column_out_of_range_is_named() {
        let told = broken(|m| m.terms[1].feature = 99);
        assert!(told.contains("reads column 99") && told.contains(&every_shape(Link::Logit).terms[1].name));
    }

    #[test]
    fn edges_must_rise() {
        let told = broken(|m| {
            for term in &mut m.terms {
                if let Shape::Steps { edges, .. } = &mut term.shape {
                    edges.reverse();
                }
            }
        });
        assert!(told.contains("Edges must rise"), "{told}");
    }

    #[test]
    fn one_score_more_than_edges() {
        let told = broken(|m| {
            for term in &mut m.terms {
                if let Shape::Steps { scores, .. } = &mut term.shape {
                    scores.pop();
                }
            }
        });
        assert!(told.contains("one more than edges"), "{told}");
    }

    #[test]
    fn the_covariance_must_be_square() {
        let told = broken(|m| m.covariance = vec![vec![1.0]; 2]);
        assert!(told.contains("covariance"), "{told}");
        let told = broken(|m| m.covariance = vec![vec![0.0; m.terms.len() + 1]; m.terms.len()]);
        assert!(told.contains("covariance"), "{told}");
    }

    #[test]
    fn no_terms_and_double_names_are_refused() {
        assert!(broken(|m| m.terms.clear()).contains("no terms"));
        assert!(broken(|m| m.terms[1].name = m.terms[0].name.clone()).contains("two terms named"));
    }

    #[test]
    fn infinite_numbers_are_not_written() {
        let mut model = every_shape(Link::Logit);
        model.intercept = f64::NAN;
        assert!(model.to_json().unwrap_err().to_string().contains("the intercept"));
    }

    #[test]
    fn unknown_keys_and_broken_text_tell_the_line() {
        let text = every_shape(Link::Logit).to_json().unwrap();
        let more = text.replacen("\"kind\"", "\"kindd\"", 1);
        let told = AdditiveModel::from_json(&more).unwrap_err().to_string();
        assert!(told.contains("kindd") && told.contains("line 3"), "{told}");
        assert!(AdditiveModel::from_json(&text[..text.len() / 2]).is_err());
    }

    #[test]
    fn the_text_is_readable() {
        let mut model = every_shape(Link::Logit);
        model.covariance = vec![vec![0.5; model.terms.len() + 1]; model.terms.len() + 1];
        let text = model.to_json().unwrap();
        assert!(text.contains("\"edges\": [1.0, 2.5, 4.0],\n"), "{text}");
        let same: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(same, serde_json::to_value(&model).unwrap());
    }

    #[test]
    fn another_schema_is_refused_by_column() {
        let model = every_shape(Link::Logit);
        assert!(model.check(&model.schema).is_ok());
        let mut other = model.schema.clone();
        other.features.swap(0, 1);
        assert!(model.check(&other).unwrap_err().to_string().contains("as column 0"));
        other = model.schema.clone();
        other.features.pop();
        assert!(model.check(&other).unwrap_err().to_string().contains("no column"));
    }

    fn finite() -> impl Strategy<Value = f64> {
        any::<f64>().prop_filter("finite", |x| x.is_finite())
    }

    proptest! {
        /// Any finite numbers survive the round trip bit for bit, also 32-bit edges and subnormals.
        #[test]
        fn round_trip_is_bit_equal(
            a in finite(), b in finite(), c in finite(),
            mut edges in proptest::collection::vec(any::<f32>().prop_filter("finite", |x| x.is_finite()), 1..6),
        ) {
            edges.sort_by(f32::total_cmp);
            edges.dedup_by(|x, y| x == y);
            let mut model = every_shape(Link::Log);
            model.intercept = a;
            model.terms[0].shape =
                Shape::Linear { coefficient: b, center: c, transform: Transform::Identity, missing: a };
            model.terms[1].shape =
                Shape::Steps { scores: vec![b; edges.len() + 1], edges, missing: c };
            let text = model.to_json().unwrap();
            let back = AdditiveModel::from_json(&text).unwrap();
            prop_assert_eq!(back.to_json().unwrap(), text);
            prop_assert_eq!(back.intercept.to_bits(), a.to_bits());
            match (&back.terms[1].shape, &model.terms[1].shape) {
                (Shape::Steps { edges: x, .. }, Shape::Steps { edges: y, .. }) => {
                    let bits = |e: &[f32]| e.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                    prop_assert_eq!(bits(x), bits(y));
                }
                _ => prop_assert!(false),
            }
            prop_assert_eq!(back, model);
        }
    }
}
