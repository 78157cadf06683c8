//! A record as a line: canonical JSON (RFC 8785), its number, and the hash of the line before.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::ledger::tree::Hash;

/// What stands in the place of the hash before the first line of all.
pub(crate) const NOTHING_BEFORE: Hash = [0; 32];

/// Hash of a line, without its new line.
pub(crate) fn hash(line: &[u8]) -> Hash {
    Sha256::digest(line).into()
}

/// Writes a line, without a new line, around a record in canonical form.
pub(crate) fn write(seq: u64, before: &Hash, record: &str) -> String {
    let mut line = String::with_capacity(record.len() + 112);
    line.push_str("{\"prev\":\"");
    push_hex(&mut line, before);
    line.push_str("\",\"record\":");
    line.push_str(record);
    // Writing to a String cannot fail.
    let _ = write!(line, ",\"seq\":{seq}}}");
    line
}

/// A line, taken apart.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) seq: u64,
    pub(crate) before: Hash,
    pub(crate) record: Value,
}

/// Reads a line; `None` unless it is, to the byte, what [`write`] makes.
pub(crate) fn read(line: &[u8]) -> Option<Line> {
    let value: Value = serde_json::from_slice(line).ok()?;
    let seq = value["seq"].as_u64()?;
    let before = from_hex(value["prev"].as_str()?)?;
    let record = value.get("record")?;
    if write(seq, &before, &canonical(record)).as_bytes() != line {
        return None;
    }
    Some(Line { seq, before, record: record.clone() })
}

/// A value in canonical form: members by name, no space, numbers and texts in their shortest form. Records
/// hold no fractions, so that the standard's rules for those are not needed.
pub(crate) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    push(&mut text, value);
    text
}

fn push(text: &mut String, value: &Value) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (i, item) in items.iter().enumerate() {
                text.push_str(if i == 0 { "" } else { "," });
                push(text, item);
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            // By UTF-16 code units, as the standard asks.
            members.sort_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
            text.push('{');
            for (i, (name, value)) in members.into_iter().enumerate() {
                text.push_str(if i == 0 { "" } else { "," });
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                push(text, value);
            }
            text.push('}');
        }
        // serde_json escapes exactly what the standard lets escape.
        plain => text.push_str(&plain.to_string()),
    }
}

pub(crate) fn push_hex(text: &mut String, hash: &Hash) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    for byte in hash {
        text.push(DIGITS[usize::from(byte >> 4)]);
        text.push(DIGITS[usize::from(byte & 15)]);
    }
}

pub(crate) fn from_hex(text: &str) -> Option<Hash> {
    let digits = text.as_bytes();
    let mut hash = [0; 32];
    if digits.len() != 64 || digits.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(digits.chunks(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_form_is_canonical() {
        // Names and order as in RFC 8785, section 3.2.3.
        let value = json!({ "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
                            "1": "One", "\u{1f600}": "Smiley", "\u{80}": "Control", "\u{f6}": "Latin Small Letter O With Diaeresis" });
        let expected = "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
                        \"\u{f6}\":\"Latin Small Letter O With Diaeresis\",\"\u{20ac}\":\"Euro Sign\",\
                        \"\u{1f600}\":\"Smiley\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}";
        assert_eq!(canonical(&value), expected);
        assert_eq!(
            canonical(&json!([null, true, 12, "a\u{8}\n\u{1f}\"\\/é"])),
            "[null,true,12,\"a\\b\\n\\u001f\\\"\\\\/é\"]"
        );
    }

    proptest! {
        #[test]
        fn a_line_comes_back_and_every_other_byte_string_is_another_line_or_none(
            text in ".{0,20}", seq in 0_u64..1000, at in 0_usize..400, bit in 0_u8..8,
        ) {
            let record = json!({ "text": text, "n": seq, "list": [1, "a"] });
            let line = write(seq, &hash(b"before"), &canonical(&record));
            let whole = read(line.as_bytes()).unwrap();
            prop_assert_eq!((whole.seq, whole.before, &whole.record), (seq, hash(b"before"), &record));
            let mut bytes = line.clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            if let Some(other) = read(&bytes) {
                prop_assert!(other.seq != seq || other.before != whole.before || other.record != record);
            }
        }
    }
}
