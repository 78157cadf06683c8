//! Charts as inline SVG. Each has a table beside it; colour never stands alone: marks and dashes differ too.

use maud::{Markup, html};

use crate::report::lang::{Lang, Style};

/// A point with its interval.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
}

/// A line of points; the first is drawn strongest.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) label: String,
    pub(crate) points: Vec<Point>,
}

/// What a chart says of itself.
pub(crate) struct Frame<'a> {
    /// Unique in the page.
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    pub(crate) description: &'a str,
    pub(crate) x_label: &'a str,
    pub(crate) y_label: &'a str,
    pub(crate) x_style: Style,
    pub(crate) y_style: Style,
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 380.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 56.0;

/// A scale from values to places.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) start: f64,
    pub(crate) end: f64,
}

impl Scale {
    pub(crate) fn at(self, value: f64) -> f64 {
        let span = if self.to > self.from { self.to - self.from } else { 1.0 };
        self.start + (value - self.from) / span * (self.end - self.start)
    }
}

/// About five round values that cover `from..=to`.
pub(crate) fn ticks(from: f64, to: f64) -> Vec<f64> {
    let span = if to > from { to - from } else { 1.0 };
    let raw = span / 5.0;
    let magnitude = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].iter().map(|m| m * magnitude).find(|s| *s >= raw).unwrap_or(raw);
    let first = (from / step).floor();
    let mut ticks = Vec::new();
    let mut number = first;
    loop {
        ticks.push(number * step);
        if number * step >= to - step * 1e-9 || ticks.len() > 20 {
            return ticks;
        }
        number += 1.0;
    }
}

pub(crate) fn span(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) =
        values.filter(|v| v.is_finite()).fold((0.0f64, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
    if high > low { (low, high) } else { (low, low + 1.0) }
}

pub(crate) fn px(x: f64) -> String {
    format!("{x:.1}")
}

/// Lines with points and interval bars. `diagonal` draws the line where x and y are equal, named so.
/// `x_names` replaces the figures below the x axis (one per whole number from 0).
pub(crate) fn lines(
    lang: Lang,
    frame: &Frame<'_>,
    series: &[Series],
    diagonal: Option<&str>,
    x_names: Option<&[String]>,
) -> Markup {
    let all = || series.iter().flat_map(|s| &s.points);
    let (x_low, x_high) = span(all().map(|p| p.x));
    let (y_low, y_high) = span(all().flat_map(|p| [p.y, p.low.unwrap_or(p.y), p.high.unwrap_or(p.y)]));
    let (x_ticks, y_ticks) = match x_names {
        Some(names) => ((0u32..).take(names.len()).map(f64::from).collect(), ticks(y_low, y_high)),
        None => (ticks(x_low, x_high), ticks(y_low, y_high)),
    };
    let ends = |t: &[f64]| (t.first().copied().unwrap_or(0.0), t.last().copied().unwrap_or(1.0));
    let pad = if x_names.is_some() { 0.5 } else { 0.0 };
    let (x_from, x_to) = ends(&x_ticks);
    let (y_from, y_to) = ends(&y_ticks);
    let x = Scale { from: x_from - pad, to: x_to + pad, start: LEFT, end: WIDTH - RIGHT };
    let y = Scale { from: y_from, to: y_to, start: HEIGHT - BOTTOM, end: TOP };
    let label = |i: usize, t: f64| match x_names {
        Some(names) => names[i].clone(),
        None => lang.round(t, frame.x_style),
    };
    // Names of splits are dates: show as many as fit.
    let every = x_names.map_or(1, |names| names.len().div_ceil(8));
    svg(
        frame,
        HEIGHT,
        html! {
            g.grid {
                @for t in &y_ticks {
                    line x1=(px(LEFT)) x2=(px(WIDTH - RIGHT)) y1=(px(y.at(*t))) y2=(px(y.at(*t))) {}
                    text.end x=(px(LEFT - 8.0)) y=(px(y.at(*t) + 4.0)) { (lang.round(*t, frame.y_style)) }
                }
                @for (i, t) in x_ticks.iter().enumerate() {
                    line x1=(px(x.at(*t))) x2=(px(x.at(*t))) y1=(px(HEIGHT - BOTTOM)) y2=(px(HEIGHT - BOTTOM + 5.0)) {}
                    @if i % every == 0 {
                        text.middle x=(px(x.at(*t))) y=(px(HEIGHT - BOTTOM + 19.0)) { (label(i, *t)) }
                    }
                }
            }
            @if let Some(name) = diagonal {
                @let end = x_to.min(y_to);
                line.diagonal x1=(px(x.at(x_from.max(y_from)))) y1=(px(y.at(x_from.max(y_from)))) x2=(px(x.at(end))) y2=(px(y.at(end))) {}
                text.end.muted x=(px(x.at(end) - 6.0)) y=(px(y.at(end) + 24.0)) { (name) }
            }
            @for (i, s) in series.iter().enumerate() { (one_series(i, s, series.len(), x, y)) }
            text.middle.axis x=(px((LEFT + WIDTH - RIGHT) / 2.0)) y=(px(HEIGHT - 10.0)) { (frame.x_label) }
            text.axis x=(px(8.0)) y=(px(14.0)) { (frame.y_label) }
            (legend(series))
        },
    )
}

fn one_series(number: usize, series: &Series, of: usize, x: Scale, y: Scale) -> Markup {
    let class = format!("s{}", number % 4);
    // Interval bars of several series stand side by side.
    let shift = if of > 1 { [-3.0, 3.0, -6.0, 6.0][number % 4] } else { 0.0 };
    let path: Vec<String> =
        series.points.iter().map(|p| format!("{},{}", px(x.at(p.x) + shift), px(y.at(p.y)))).collect();
    html! {
        g class=(class) {
            @if path.len() > 1 { polyline points=(path.join(" ")) {} }
            @for p in &series.points {
                @if let Some((low, high)) = p.low.zip(p.high) {
                    line.bar x1=(px(x.at(p.x) + shift)) x2=(px(x.at(p.x) + shift)) y1=(px(y.at(low))) y2=(px(y.at(high))) {}
                }
                (mark(number, x.at(p.x) + shift, y.at(p.y)))
            }
        }
    }
}

/// Circle, square, diamond, triangle: told apart without colour.
fn mark(number: usize, x: f64, y: f64) -> Markup {
    match number % 4 {
        0 => html! { circle cx=(px(x)) cy=(px(y)) r="4.5" {} },
        1 => html! { rect x=(px(x - 4.0)) y=(px(y - 4.0)) width="8" height="8" {} },
        2 => html! { path d=(format!("M{} {} l5 5 l-5 5 l-5 -5 z", px(x), px(y - 5.0))) {} },
        _ => html! { path d=(format!("M{} {} l5 9 l-10 0 z", px(x), px(y - 5.0))) {} },
    }
}

fn legend(series: &[Series]) -> Markup {
    let column = (WIDTH - LEFT - RIGHT) / f64::from(u32::try_from(series.len().max(1)).unwrap_or(1));
    html! {
        @for (i, s) in (0u32..).zip(series) {
            @let x = LEFT + f64::from(i) * column;
            g class=(format!("s{}", i % 4)) {
                polyline points=(format!("{},{} {},{}", px(x), px(28.0), px(x + 22.0), px(28.0))) {}
                (mark(i as usize, x + 11.0, 28.0))
            }
            text x=(px(x + 28.0)) y=(px(32.0)) { (shortened(&s.label, column)) }
        }
    }
}

/// As much of a name as fits in this width.
fn shortened(text: &str, width: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a width in characters")]
    let fits = ((width - 34.0) / 6.6).max(6.0) as usize;
    if text.chars().count() <= fits {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(fits.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// One dot with interval per named line; `reference` draws a dotted line.
pub(crate) fn dots(
    lang: Lang,
    frame: &Frame<'_>,
    rows: &[(String, Option<Point>)],
    reference: Option<f64>,
) -> Markup {
    let points = || rows.iter().filter_map(|r| r.1.as_ref());
    let values = points().flat_map(|p| [p.x, p.low.unwrap_or(p.x), p.high.unwrap_or(p.x)]).chain(reference);
    let (low, high) = span(values);
    let ticks = ticks(low, high);
    let left = 250.0;
    let x = Scale {
        from: ticks.first().copied().unwrap_or(0.0),
        to: ticks.last().copied().unwrap_or(1.0),
        start: left,
        end: WIDTH - 28.0,
    };
    let (top, line) = (16.0, 30.0);
    let bottom = top + line * f64::from(u32::try_from(rows.len()).unwrap_or(0));
    svg(
        frame,
        bottom + 52.0,
        html! {
            g.grid {
                @for t in &ticks {
                    line x1=(px(x.at(*t))) x2=(px(x.at(*t))) y1=(px(top)) y2=(px(bottom)) {}
                    text.middle x=(px(x.at(*t))) y=(px(bottom + 18.0)) { (lang.round(*t, frame.x_style)) }
                }
            }
            @if let Some(reference) = reference {
                line.diagonal x1=(px(x.at(reference))) x2=(px(x.at(reference))) y1=(px(top - 8.0)) y2=(px(bottom)) {}
            }
            @for (i, (name, point)) in (0u32..).zip(rows) {
                @let y = top + line * (f64::from(i) + 0.5);
                text.end x=(px(left - 12.0)) y=(px(y + 4.0)) { (shortened(name, left)) }
                @match point {
                    Some(p) => {
                        g.s0 {
                            @if let Some((low, high)) = p.low.zip(p.high) {
                                line.bar x1=(px(x.at(low))) x2=(px(x.at(high))) y1=(px(y)) y2=(px(y)) {}
                            }
                            (mark(0, x.at(p.x), y))
                        }
                    }
                    None => { text.muted x=(px(left + 6.0)) y=(px(y + 4.0)) { (lang.of(crate::report::texts::TOO_FEW)) } }
                }
            }
            text.middle.axis x=(px((left + WIDTH) / 2.0)) y=(px(bottom + 42.0)) { (frame.x_label) }
        },
    )
}

pub(crate) fn svg(frame: &Frame<'_>, height: f64, body: Markup) -> Markup {
    let (title, description) = (format!("{}-title", frame.id), format!("{}-desc", frame.id));
    html! {
        svg viewBox=(format!("0 0 {} {}", px(WIDTH), px(height))) role="img" xmlns="http://www.w3.org/2000/svg"
            aria-labelledby=(format!("{title} {description}")) {
            title id=(title) { (frame.title) }
            desc id=(description) { (frame.description) }
            (body)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_cover_the_values() {
        assert_eq!(ticks(0.0, 1.0), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert_eq!(ticks(0.0, 37.0), [0.0, 10.0, 20.0, 30.0, 40.0]);
        let t = ticks(-0.3, 0.9);
        assert!(t[0] <= -0.3 && t[t.len() - 1] >= 0.9);
        assert!(ticks(0.0, 0.0).len() < 20);
    }

    #[test]
    fn long_names_are_shortened_at_a_character() {
        assert_eq!(shortened("vondsten", 250.0), "vondsten");
        let long = shortened("coördinaat van een heel erg lange naam van een groep", 150.0);
        assert!(long.ends_with('…') && long.chars().count() < 20);
    }
}
