//! CQL2 JSON.

use serde_json::Value;

use super::{Comparison, DEEPEST, Fault, Filter, GEOMETRY, Operand, Vocabulary};

/// Reads a filter in CQL2 JSON.
///
/// # Errors
/// When it is not understood, or names what the reader cannot see.
pub(crate) fn parse(text: &str, vocabulary: Vocabulary) -> Result<Filter, Fault> {
    let value: Value = serde_json::from_str(text)
        .map_err(|cause| Fault::Expected("JSON", format!("{}:{}", cause.line(), cause.column())))?;
    Reader { vocabulary }.filter(&value, "", 1)?.checked()
}

struct Reader {
    vocabulary: Vocabulary,
}

impl Reader {
    fn filter(&self, value: &Value, place: &str, depth: usize) -> Result<Filter, Fault> {
        if depth > DEEPEST {
            return Err(Fault::TooLarge);
        }
        if let Value::Bool(holds) = value {
            return Ok(Filter::Always(*holds));
        }
        let expected = |what, member: &str| Fault::Expected(what, format!("{place}{member}"));
        let op = value["op"].as_str().ok_or_else(|| expected("an operator", "/op"))?;
        let args = value["args"].as_array().ok_or_else(|| expected("a list", "/args"))?;
        let arg = |i: usize| args.get(i).ok_or_else(|| expected("more arguments", "/args"));
        let at = |i: usize| format!("{place}/args/{i}");
        let operand = |i: usize| self.operand(arg(i)?, &at(i));
        let all = || -> Result<Vec<Filter>, Fault> {
            args.iter().enumerate().map(|(i, arg)| self.filter(arg, &at(i), depth + 1)).collect()
        };
        let exactly = |n: usize| {
            if args.len() == n { Ok(()) } else { Err(expected("another number of arguments", "/args")) }
        };
        if let Some(how) = comparison(op) {
            exactly(2)?;
            return Ok(Filter::Compare(operand(0)?, how, operand(1)?));
        }
        match op {
            "and" | "or" if args.len() < 2 => Err(expected("two arguments or more", "/args")),
            "and" => Ok(Filter::And(all()?)),
            "or" => Ok(Filter::Or(all()?)),
            "not" => {
                exactly(1)?;
                Ok(Filter::Not(Box::new(self.filter(arg(0)?, &at(0), depth + 1)?)))
            }
            "isNull" => {
                exactly(1)?;
                Ok(Filter::IsNull(operand(0)?))
            }
            "between" => {
                exactly(3)?;
                Ok(Filter::Between(operand(0)?, operand(1)?, operand(2)?))
            }
            "like" => {
                exactly(2)?;
                Ok(Filter::Like(operand(0)?, operand(1)?))
            }
            "in" => {
                exactly(2)?;
                let list = arg(1)?.as_array().ok_or_else(|| expected("a list", "/args/1"))?;
                let list =
                    list.iter().enumerate().map(|(i, one)| self.operand(one, &format!("{}/{i}", at(1))));
                Ok(Filter::In(operand(0)?, list.collect::<Result<_, _>>()?))
            }
            "s_intersects" => {
                exactly(2)?;
                if arg(0)?["property"] != GEOMETRY {
                    return Err(expected("{\"property\": \"geometry\"}", "/args/0"));
                }
                self.meets(arg(1)?, &at(1))
            }
            _ => Err(expected("an operator that is known here", "/op")),
        }
    }

    fn operand(&self, value: &Value, place: &str) -> Result<Operand, Fault> {
        if let Some(name) = value["property"].as_str() {
            return self.vocabulary.column(name);
        }
        if value["op"] == "casei"
            && let Some([inner]) = value["args"].as_array().map(Vec::as_slice)
        {
            return match self.operand(inner, &format!("{place}/args/0"))? {
                nested @ Operand::CaseInsensitive(_) => Ok(nested),
                inner => Ok(Operand::CaseInsensitive(Box::new(inner))),
            };
        }
        match value {
            Value::String(text) => Ok(Operand::Text(text.clone())),
            Value::Number(number) => number.as_f64().map(Operand::Number).ok_or(Fault::Coordinates),
            _ => Err(Fault::Expected("a property or a value", place.to_owned())),
        }
    }

    fn meets(&self, value: &Value, place: &str) -> Result<Filter, Fault> {
        let numbers =
            |list: &Value| -> Option<Vec<f64>> { list.as_array()?.iter().map(Value::as_f64).collect() };
        let corners = match numbers(&value["bbox"]) {
            Some(bbox) => bbox,
            None if value["type"] == "Point" => {
                numbers(&value["coordinates"]).filter(|point| point.len() == 2).unwrap_or_default().repeat(2)
            }
            None => Vec::new(),
        };
        let &[west, south, east, north] = corners.as_slice() else {
            return Err(Fault::Expected(
                "{\"bbox\": [west, south, east, north]} or a Point",
                place.to_owned(),
            ));
        };
        Ok(Filter::Meets(self.vocabulary.bounds([west, south], [east, north])?))
    }
}

fn comparison(op: &str) -> Option<Comparison> {
    Some(match op {
        "=" => Comparison::Equal,
        "<>" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => return None,
    })
}
