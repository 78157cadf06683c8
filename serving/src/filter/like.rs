//! The patterns of `LIKE`.

/// Whether the whole text has this pattern: `%` stands for any text, `_` for any one character, and `\` takes
/// the next character as it is. Takes time in proportion to both lengths multiplied, whatever the pattern.
pub(super) fn is_like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    // Whether the pattern so far can end before each character of the text.
    let mut ends = vec![false; text.len() + 1];
    ends[0] = true;
    let mut pattern = pattern.chars();
    while let Some(c) = pattern.next() {
        if c == '%' {
            let first = ends.iter().position(|&end| end).unwrap_or(ends.len());
            ends[first..].fill(true);
            continue;
        }
        let wanted = match c {
            '_' => None,
            '\\' => Some(pattern.next().unwrap_or('\\')),
            c => Some(c),
        };
        for i in (0..text.len()).rev() {
            ends[i + 1] = ends[i] && wanted.is_none_or(|wanted| wanted == text[i]);
        }
        ends[0] = false;
    }
    ends[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_the_whole_text() {
        for (text, pattern) in [
            ("Centrum", "Centrum"),
            ("Centrum", "C%"),
            ("Centrum", "%trum"),
            ("Centrum", "%ent%"),
            ("Centrum", "C_ntrum"),
            ("", "%"),
            ("100%", "100\\%"),
            ("één", "_é_"),
            ("aaaa", "%a%a%"),
        ] {
            assert!(is_like(text, pattern), "{text} {pattern}");
        }
        for (text, pattern) in
            [("Centrum", "centrum"), ("Centrum", "C"), ("", "_"), ("100x", "100\\%"), ("a", "%a%a%")]
        {
            assert!(!is_like(text, pattern), "{text} {pattern}");
        }
    }
}
