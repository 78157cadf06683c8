//! Keyset cursors: where the next page of a list starts, opaque to the reader.
//!
//! A cursor holds the last key of the page before and a fingerprint of the list that it belongs to, so
//! that one from another bundle, level or parent is refused instead of answering from the wrong place.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::problem::{Problem, quoted, text};

/// Sort key of an area within its level: the rank, then the code; without figures last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// Rank, `u32::MAX` for an area without figures.
    pub(crate) rank: u32,
    /// Area code.
    pub(crate) code: String,
}

/// Fingerprint of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct List([u8; 8]);

impl List {
    /// The list that these parts tell apart from all others: what the reader sees, the level, the filters.
    pub(crate) fn new(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digest = hash.finalize();
        let mut fingerprint = [0; 8];
        fingerprint.copy_from_slice(&digest[..8]);
        Self(fingerprint)
    }
}

/// Writes the cursor that continues after `key`.
pub(crate) fn write(list: List, key: &Key) -> String {
    let bytes = list.0.iter().copied().chain(key.rank.to_be_bytes()).chain(key.code.bytes());
    let mut text = String::with_capacity(2 * (12 + key.code.len()));
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Reads a cursor.
///
/// # Errors
/// 400 when it is no cursor, 410 when it is one of another list, such as that of an earlier release.
pub(crate) fn read(list: List, text: &str) -> Result<Key, Problem> {
    let (owner, key) = parts(text).ok_or_else(|| invalid(text))?;
    if owner == list { Ok(key) } else { Err(stale(text)) }
}

fn parts(text: &str) -> Option<(List, Key)> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let bytes: Vec<u8> = (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok())
        .collect::<Option<_>>()?;
    let (fingerprint, rest) = bytes.split_first_chunk::<8>()?;
    let (rank, code) = rest.split_first_chunk::<4>()?;
    let key = Key { rank: u32::from_be_bytes(*rank), code: String::from_utf8(code.to_vec()).ok()? };
    Some((List(*fingerprint), key))
}

fn invalid(given: &str) -> Problem {
    let shown = quoted(given);
    Problem::parameter(
        "cursor",
        "cursor.invalid",
        text(
            format!("{shown} is geen cursor. Begin zonder cursor en volg steeds de link 'next'."),
            format!("{shown} is no cursor. Start without a cursor and follow the 'next' link."),
        ),
    )
}

fn stale(given: &str) -> Problem {
    let shown = quoted(given);
    Problem::gone(
        "cursor",
        "cursor.stale",
        text(
            format!(
                "De cursor {shown} hoort niet bij deze lijst, of de cijfers zijn intussen vernieuwd. Begin opnieuw, \
                 zonder cursor, en volg steeds de link 'next'."
            ),
            format!(
                "The cursor {shown} does not belong to this list, or the figures were renewed meanwhile. Start again \
                 without a cursor and follow the 'next' link."
            ),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_and_only_in_its_own_list() {
        let list = List::new(&["g", "buurt"]);
        let key = Key { rank: 17, code: "BU99990101".to_owned() };
        let text = write(list, &key);
        assert_eq!(read(list, &text).unwrap(), key);
        for other in [&["g", "wijk"][..], &["g", "buurt", "WK999901"], &["h", "buurt"]] {
            assert!(read(List::new(other), &text).unwrap_err().is_about("cursor.stale"), "{other:?}");
        }
    }

    #[test]
    fn rubbish_is_refused() {
        let list = List::new(&["g", "buurt"]);
        for text in ["", "0", "zz", "éé", "00112233445566778899", "+1+1+1+1+1+1+1+1+1+1+1+1"] {
            let why = read(list, text).unwrap_err();
            assert!(why.is_about("cursor."), "{text}");
        }
    }
}
