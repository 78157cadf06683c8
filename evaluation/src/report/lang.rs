//! Languages: words and numbers as their readers expect them.

use std::fmt::Write as _;

use maud::{Markup, html};
use models::Text;

use crate::estimate::{Estimate, method};
use crate::number::significant;
use crate::report::texts;

/// Language of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// Dutch (plain, B1): the main language.
    Nl,
    /// English.
    En,
}

/// A fixed text in both languages: Dutch, English.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair(pub(crate) &'static str, pub(crate) &'static str);

/// How a figure is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Three significant digits.
    Plain,
    /// As a percentage.
    Percent,
    /// A number of things that need not be whole.
    Number,
    /// Three significant digits, with a sign.
    Signed,
    /// A number of things, with a sign.
    SignedNumber,
    /// A percentage-point difference, with a sign.
    SignedPercent,
}

/// A difference between percentages is in points.
const POINTS: Pair = Pair(" %-punt", " pp");

impl Lang {
    /// The text in this language.
    pub(crate) fn of(self, pair: Pair) -> &'static str {
        match self {
            Self::Nl => pair.0,
            Self::En => pair.1,
        }
    }

    /// The text in this language, with `{name}` replaced.
    pub(crate) fn fill(self, pair: Pair, values: &[(&str, &str)]) -> String {
        let mut text = self.of(pair).to_owned();
        for (name, value) in values {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }

    /// The text of the study in this language; the other language when it has none.
    pub(crate) fn text(self, text: &Text) -> &str {
        let (first, second) = match self {
            Self::Nl => (&text.nl, &text.en),
            Self::En => (&text.en, &text.nl),
        };
        if first.is_empty() { second } else { first }
    }

    /// Code for `lang` attributes.
    pub(crate) fn code(self) -> &'static str {
        self.of(Pair("nl", "en"))
    }

    /// A plain decimal text in this language's notation, with thousands marked.
    fn localised(self, text: &str) -> String {
        let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("−", rest));
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let (thousands, decimal) = match self {
            Self::Nl => ('.', ','),
            Self::En => (',', '.'),
        };
        let mut out = sign.to_owned();
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i).is_multiple_of(3) {
                out.push(thousands);
            }
            out.push(digit);
        }
        if !decimals.is_empty() {
            out.push(decimal);
            out.push_str(decimals);
        }
        out
    }

    /// A whole number.
    pub(crate) fn count(self, n: u64) -> String {
        self.localised(&n.to_string())
    }

    /// A figure in this style.
    pub(crate) fn figure(self, x: f64, style: Style) -> String {
        let text = match style {
            Style::Plain | Style::Signed => self.localised(&fixed(x)),
            Style::Percent => format!("{} %", self.localised(&percentage(x))),
            Style::SignedPercent => format!("{}{}", self.localised(&percentage(x)), self.of(POINTS)),
            Style::Number | Style::SignedNumber => self.localised(&tenths(x)),
        };
        let signed = matches!(style, Style::Signed | Style::SignedNumber | Style::SignedPercent);
        if signed && x > 0.0 { format!("+{text}") } else { text }
    }

    /// A round figure, as on the axis of a chart or in a rule.
    pub(crate) fn round(self, x: f64, style: Style) -> String {
        match style {
            Style::Percent | Style::SignedPercent => {
                format!("{} %", self.localised(&significant(100.0 * x, 3)))
            }
            _ => self.localised(&significant(x, 3)),
        }
    }

    /// The interval alone, such as `0,79 – 0,83`.
    pub(crate) fn interval(self, estimate: &Estimate, style: Style) -> Option<String> {
        let (low, high) = estimate.low.zip(estimate.high)?;
        let (low, high) = (self.figure(low, style), self.figure(high, style));
        let low = match style {
            Style::Percent => low.trim_end_matches(" %").to_owned(),
            Style::SignedPercent => low.trim_end_matches(self.of(POINTS)).to_owned(),
            _ => low,
        };
        Some(format!("{low} {} {high}", self.of(Pair("tot", "to"))))
    }

    /// Two figures, such as `12,3 tot 45,6 %`.
    pub(crate) fn range(self, low: f64, high: f64, style: Style) -> String {
        let bounds = Estimate::new(None, Some((low, high)), 0, method::NONE);
        self.interval(&bounds, style).unwrap_or_default()
    }

    /// Value, interval and n in one line of text.
    pub(crate) fn sentence(self, estimate: &Estimate, style: Style) -> String {
        let mut out = self.value(estimate, style);
        if let Some(interval) = self.interval(estimate, style) {
            let _ = write!(out, " ({interval})");
        }
        let _ = write!(out, "; n = {}", self.count(estimate.n));
        out
    }

    /// The value alone, or why there is none.
    pub(crate) fn value(self, estimate: &Estimate, style: Style) -> String {
        match estimate.value {
            Some(value) => self.figure(value, style),
            None if estimate.method == method::TOO_FEW => self.of(texts::TOO_FEW).to_owned(),
            None => self.of(texts::NO_VALUE).to_owned(),
        }
    }

    /// Value, interval and n for a table cell.
    pub(crate) fn cell(self, estimate: &Estimate, style: Style) -> Markup {
        html! {
            span.value { (self.value(estimate, style)) }
            @if let Some(interval) = self.interval(estimate, style) {
                " " span.interval { (interval) }
            }
            @if estimate.method != method::COUNT { " " span.n { "n = " (self.count(estimate.n)) } }
        }
    }
}

/// Three significant digits, also when the last is 0; no decimals from 100 on.
fn fixed(x: f64) -> String {
    let size = x.abs();
    match size {
        0.0 => "0".to_owned(),
        _ if size >= 100.0 => format!("{x:.0}"),
        _ if size >= 10.0 => format!("{x:.1}"),
        _ if size >= 0.995 => format!("{x:.2}"),
        _ if size >= 0.1 => format!("{x:.3}"),
        _ => significant(x, 3),
    }
}

/// A share as a percentage with one decimal; two digits below 1 %, and none to speak of below 0.001 %.
fn percentage(share: f64) -> String {
    let p = 100.0 * share;
    match p.abs() {
        // What is left of sums that cancel.
        size if size < 1e-9 => "0".to_owned(),
        size if size >= 99.95 => format!("{p:.0}"),
        size if size >= 0.95 => format!("{p:.1}"),
        size if size < 0.001 => "0.000".to_owned(),
        _ => significant(p, 2),
    }
}

/// One decimal, none when it is whole or large.
fn tenths(x: f64) -> String {
    let text = if x.abs() >= 1000.0 { format!("{x:.0}") } else { format!("{x:.1}") };
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_language() {
        assert_eq!(Lang::Nl.figure(1234.567, Style::Number), "1.235");
        assert_eq!(Lang::En.figure(1_234_567.0, Style::Number), "1,234,567");
        assert_eq!(Lang::Nl.figure(0.0812, Style::Plain), "0,0812");
        assert_eq!(Lang::Nl.figure(0.123_45, Style::Percent), "12,3 %");
        assert_eq!(Lang::Nl.figure(0.000_512, Style::Percent), "0,051 %");
        assert_eq!(Lang::En.figure(-0.05, Style::SignedPercent), "−5.0 pp");
        assert_eq!(Lang::Nl.figure(0.05, Style::SignedPercent), "+5,0 %-punt");
        assert_eq!(Lang::En.figure(0.5, Style::Signed), "+0.500");
        assert_eq!(Lang::Nl.figure(-0.644, Style::SignedNumber), "−0,6");
        assert_eq!(Lang::Nl.round(0.3, Style::Percent), "30 %");
        assert_eq!(Lang::Nl.count(14_574), "14.574");
    }

    #[test]
    fn an_absent_value_is_said_in_words() {
        let none = Estimate::new(None, None, 0, method::NONE);
        assert_eq!(Lang::Nl.sentence(&none, Style::Plain), "geen waarde; n = 0");
        assert_eq!(Lang::En.value(&Estimate::too_few(3), Style::Plain), "too few");
        let some = Estimate::proportion(50.0, 100.0);
        assert_eq!(Lang::Nl.sentence(&some, Style::Percent), "50,0 % (40,4 tot 59,6 %); n = 100");
    }
}
