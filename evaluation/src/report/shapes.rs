//! The terms of a model as pictures: steps with their band, categories as dots with intervals, pairs as a heat map.
//! The table of the terms stands beside them; that of a pair follows its picture.

use maud::{Markup, html};

use crate::estimate::Estimate;
use crate::report::lang::{Lang, Pair, Style};
use crate::report::page::figure;
use crate::report::pairs::{self, Side};
use crate::report::plot::{self, Frame, Point, Scale, px, span, svg, ticks};
use crate::report::terms::{Category, ModelSummary, Step, TermShape, TermSummary};
use crate::report::texts;

const ADDS: Pair = Pair("telt op", "adds");
const EQUAL_WIDTH: Pair = Pair("elk vak van het model even breed", "each bin of the model equally wide");
const BAND: Pair = Pair("De band is de 95 %-marge.", "The band is the 95 % interval.");
const DOWN: Pair = Pair("↓ {column}, van laag naar hoog", "↓ {column}, from low to high");
const RIGHT: Pair = Pair("→ {column}, van laag naar hoog", "→ {column}, from low to high");
const DARKER: Pair = Pair(
    "Rood telt op, blauw trekt af; hoe donkerder, hoe meer. De laatste rij en kolom zijn voor ontbrekende waarden.",
    "Red adds, blue takes off; the darker, the more. The last row and column are for missing values.",
);

/// Pictures of the terms that have a shape over one column to draw.
pub(crate) fn pictures(model: &ModelSummary, lang: Lang) -> Markup {
    html! {
        @for (i, term) in model.terms.iter().enumerate() {
            @let id = format!("vorm-{}-{i}", model.name);
            @match &term.shape {
                TermShape::Steps { steps, .. } if steps.len() > 1 => (of_steps(&id, term, steps, lang)),
                TermShape::Categories { categories } => (of_categories(&id, term, categories, lang)),
                _ => {}
            }
        }
    }
}

/// Pictures of the terms of two columns, each with its table.
pub(crate) fn of_pairs(model: &ModelSummary, lang: Lang) -> Markup {
    html! {
        @for (i, term) in model.terms.iter().enumerate() {
            @if let TermShape::Pairs { own, other, points } = &term.shape {
                (of_pair(&format!("paar-{}-{i}", model.name), term, (own, other), points, lang))
                (pairs::tables(term, own, other, points, lang))
            }
        }
    }
}

fn of_steps(id: &str, term: &TermSummary, steps: &[Step], lang: Lang) -> Markup {
    let label = lang.text(&term.label);
    let title = format!("{label}: {}", lang.of(ADDS));
    let x_label = lang.of(EQUAL_WIDTH).to_owned();
    let frame = frame(id, &title, &x_label, lang);
    let values = |step: &Step| {
        let value = step.points.value.unwrap_or(0.0);
        (value, step.points.low.unwrap_or(value), step.points.high.unwrap_or(value))
    };
    let (low, high) = span(steps.iter().flat_map(|step| [values(step).1, values(step).2]));
    let y_ticks = ticks(low, high);
    let ends = (y_ticks.first().copied().unwrap_or(0.0), y_ticks.last().copied().unwrap_or(1.0));
    let y = Scale { from: ends.0, to: ends.1, start: 244.0, end: 30.0 };
    let x = Scale { from: 0.0, to: steps.len() as f64, start: 76.0, end: 704.0 };
    let every = steps.len().div_ceil(8);
    let line: Vec<String> = steps
        .iter()
        .enumerate()
        .map(|(i, step)| {
            let (at, from, to) = (px(y.at(values(step).0)), px(x.at(i as f64)), px(x.at(i as f64 + 1.0)));
            format!("{from},{at} {to},{at}")
        })
        .collect();
    let picture = svg(
        &frame,
        300.0,
        html! {
            g.grid {
                @for t in &y_ticks {
                    line x1="76" x2="704" y1=(px(y.at(*t))) y2=(px(y.at(*t))) {}
                    text.end x="68" y=(px(y.at(*t) + 4.0)) { (lang.round(*t, Style::Signed)) }
                }
                @for (i, step) in steps.iter().enumerate().filter(|(i, _)| i % every == 0) {
                    @if let Some(from) = step.from {
                        text.middle x=(px(x.at(i as f64))) y="263" { (lang.figure(from, Style::Plain)) }
                    }
                }
            }
            g.s0 {
                @for (i, step) in steps.iter().enumerate() {
                    @let (_, low, high) = values(step);
                    rect x=(px(x.at(i as f64))) width=(px(x.at(i as f64 + 1.0) - x.at(i as f64))) y=(px(y.at(high)))
                        height=(px((y.at(low) - y.at(high)).max(0.0))) stroke="none" fill-opacity="0.2" {}
                }
                polyline points=(line.join(" ")) fill="none" {}
            }
            text.middle.axis x="390" y="290" { (x_label) }
            text.axis x="8" y="14" { (lang.of(ADDS)) }
        },
    );
    let caption = if steps.iter().any(|step| step.points.low.is_some()) {
        format!("{title}. {}", lang.of(BAND))
    } else {
        title.clone()
    };
    figure(&caption, &picture)
}

fn of_categories(id: &str, term: &TermSummary, categories: &[Category], lang: Lang) -> Markup {
    let label = lang.text(&term.label);
    let title = format!("{label}: {}", lang.of(ADDS));
    let rows: Vec<(String, Option<Point>)> = categories
        .iter()
        .map(|category| {
            let name = category.name.clone().unwrap_or_else(|| lang.of(texts::MISSING).to_owned());
            let points = &category.points;
            let point = points.value.map(|x| Point { x, y: 0.0, low: points.low, high: points.high });
            (name, point)
        })
        .collect();
    figure(&title, &plot::dots(lang, &frame(id, &title, lang.of(ADDS), lang), &rows, Some(0.0)))
}

fn of_pair(
    id: &str,
    term: &TermSummary,
    (own, other): (&Side, &Side),
    points: &[Vec<Estimate>],
    lang: Lang,
) -> Markup {
    let title = format!("{}: {}", lang.text(&term.label), lang.of(ADDS));
    let side = |side: &Side, pair| lang.fill(pair, &[("column", lang.text(&side.label))]);
    let scores: Vec<Vec<f64>> =
        points.iter().map(|row| row.iter().map(|e| e.value.unwrap_or(0.0)).collect()).collect();
    let most = scores.iter().flatten().fold(1e-9_f64, |most, score| most.max(score.abs()));
    let (height, columns) = (scores.len() as f64, scores.first().map_or(1, Vec::len) as f64);
    let (wide, high) = (628.0 / columns, 240.0 / height);
    let picture = svg(
        &frame(id, &title, "", lang),
        300.0,
        html! {
            @for (i, row) in scores.iter().enumerate() {
                @for (j, score) in row.iter().enumerate() {
                    rect x=(px(76.0 + j as f64 * wide)) y=(px(20.0 + i as f64 * high)) width=(px(wide)) height=(px(high))
                        fill=(if *score > 0.0 { "#b3261e" } else { "#1f5fa8" }) fill-opacity=(format!("{:.2}", score.abs() / most)) {}
                }
            }
            text.axis x="8" y="12" { (side(own, DOWN)) }
            text.middle.axis x="390" y="282" { (side(other, RIGHT)) }
        },
    );
    figure(&format!("{title}. {}", lang.of(DARKER)), &picture)
}

fn frame<'a>(id: &'a str, title: &'a str, x_label: &'a str, lang: Lang) -> Frame<'a> {
    Frame {
        id,
        title,
        description: title,
        x_label,
        y_label: lang.of(ADDS),
        x_style: Style::Signed,
        y_style: Style::Signed,
    }
}
