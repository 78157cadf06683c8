//! Numbers as readers of Dutch and of English expect them.

/// With this many significant digits, without an exponent, with a point.
pub(crate) fn significant(x: f64, digits: u32) -> String {
    if x == 0.0 || !x.is_finite() {
        return "0".to_owned();
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the exponent of a finite number is between -324 and 308"
    )]
    let exponent = x.abs().log10().floor() as i32;
    let decimals = (i32::try_from(digits).unwrap_or(3) - 1 - exponent).clamp(0, 12);
    let text = format!("{x:.*}", usize::try_from(decimals).unwrap_or(0));
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_that_matter() {
        assert_eq!(significant(12.345, 3), "12.3");
        assert_eq!(significant(0.001_234_5, 3), "0.00123");
        assert_eq!(significant(-1234.5, 3), "-1234");
        assert_eq!(significant(0.0, 3), "0");
        assert_eq!(significant(2.0, 3), "2");
        assert_eq!(significant(f64::NAN, 3), "0");
    }
}
