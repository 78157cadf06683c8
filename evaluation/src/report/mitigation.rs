//! The part of the chapter on fairness about alternatives: what a more even list would cost in finds.

use maud::{Markup, html};

use crate::mitigation::{Weighed, Weighing};
use crate::report::lang::{Lang, Pair, Style};
use crate::report::page::{figure, head, plain, table};
use crate::report::plot::{Frame, Scale, px, span, svg, ticks};
use crate::report::texts;

const TITLE: Pair = Pair("Wat een gelijkmatiger lijst zou kosten", "What a more even list would cost");
const NOTE: Pair = Pair(
    "Deze lijsten zijn niet gebruikt. Ze laten zien wat andere keuzes zouden doen met dezelfde toetsperioden: hoeveel vondsten minder, en \
     hoeveel dichter de groepen bij elkaar. Een grens per groep betekent dat geen groep meer dan zo veel keer haar aandeel op de lijst krijgt. Bij loten \
     wordt een deel van de lijst geloot uit alle andere rijen. Een vlakke term telt niet mee in de score. Welke keuze juist is, is geen rekensom: \
     mensen beslissen. Alleen bekende vondsten tellen; wat niemand bezocht, is onbekend.",
    "These lists were not used. They show what other choices would do over the same test periods: how many finds fewer, and how much closer \
     the groups. A cap means that no group gets more than so many times its share of the list. By lot means that a part of the list is drawn from all other \
     rows. A flattened term does not count in the score. Which choice is right is not a sum: people decide. Only known finds count; what nobody \
     visited is unknown.",
);
const DESCRIPTION: Pair = Pair(
    "Elk punt is een lijst: links is gelijkmatiger, hoger is meer vondsten. De nummers staan in de tabel. Gevulde punten worden door geen andere lijst op beide verbeterd.",
    "Each point is a list: left is more even, higher is more finds. The numbers are in the table. No other list improves on a filled point in both.",
);
const LIST: Pair = Pair("Lijst", "List");
const FINDS: Pair = Pair("Vondsten op de lijst", "Finds on the list");
const GAINED: Pair = Pair("Vondsten erbij of eraf", "Finds more or fewer");
const SELECTION: Pair =
    Pair("Grootste verschil in deel op de lijst", "Largest difference in share on the list");
const FRUITLESS: Pair = Pair(
    "Grootste verschil in deel dat voor niets bezoek krijgt",
    "Largest difference in share visited in vain",
);
const PRECISION: Pair = Pair("Grootste verschil in precisie", "Largest difference in precision");
const BEST: Pair = Pair("Door geen andere op beide verbeterd", "No other improves on both");
const HEIGHT: f64 = 330.0;

/// Picture and table of one attribute. `number` makes the picture's id.
pub(crate) fn section(weighing: &Weighing, number: usize, lang: Lang) -> Markup {
    let caption = format!("{}: {}", lang.of(TITLE), lang.text(&weighing.label));
    let columns = head(lang, &[LIST, FINDS, GAINED, SELECTION, FRUITLESS, PRECISION, BEST]);
    let rows: Vec<Vec<Markup>> =
        (1u64..).zip(&weighing.alternatives).map(|(number, w)| row(number, w, lang)).collect();
    html! {
        h4 { (lang.of(TITLE)) }
        p { (lang.of(NOTE)) }
        (figure(&caption, &picture(weighing, number, &caption, lang)))
        (table(&caption, &columns, &rows))
    }
}

fn row(number: u64, w: &Weighed, lang: Lang) -> Vec<Markup> {
    vec![
        plain(format!("{number}. {}", lang.text(&w.name))),
        lang.cell(&w.finds, Style::Number),
        w.finds_gained.as_ref().map_or_else(|| plain("–"), |g| lang.cell(g, Style::SignedNumber)),
        lang.cell(&w.selection_gap, Style::Percent),
        lang.cell(&w.fruitless_gap, Style::Percent),
        lang.cell(&w.precision_gap, Style::Percent),
        plain(lang.of(if w.undominated { texts::YES } else { texts::NO })),
    ]
}

fn picture(weighing: &Weighing, number: usize, caption: &str, lang: Lang) -> Markup {
    let points: Vec<(u64, f64, f64, bool)> = (1u64..)
        .zip(&weighing.alternatives)
        .filter_map(|(n, w)| Some((n, w.selection_gap.value?, w.finds.value?, w.undominated)))
        .collect();
    let x_ticks = {
        let (a, b) = span(points.iter().map(|p| p.1));
        ticks(a, b)
    };
    let y_ticks = {
        let (a, b) = span(points.iter().map(|p| p.2));
        ticks(a, b)
    };
    let scale = |t: &[f64], start, end| Scale {
        from: t.first().copied().unwrap_or(0.0),
        to: t.last().copied().unwrap_or(1.0),
        start,
        end,
    };
    let (x, y) = (scale(&x_ticks, 76.0, 690.0), scale(&y_ticks, HEIGHT - 56.0, 34.0));
    let id = format!("afweging-{number}");
    let frame = Frame {
        id: &id,
        title: caption,
        description: lang.of(DESCRIPTION),
        x_label: lang.of(SELECTION),
        y_label: lang.of(FINDS),
        x_style: Style::Percent,
        y_style: Style::Number,
    };
    svg(
        &frame,
        HEIGHT,
        html! {
            g.grid {
                @for t in &y_ticks {
                    line x1="76.0" x2="690.0" y1=(px(y.at(*t))) y2=(px(y.at(*t))) {}
                    text.end x="68.0" y=(px(y.at(*t) + 4.0)) { (lang.round(*t, Style::Number)) }
                }
                @for t in &x_ticks {
                    line x1=(px(x.at(*t))) x2=(px(x.at(*t))) y1="34.0" y2=(px(HEIGHT - 56.0)) {}
                    text.middle x=(px(x.at(*t))) y=(px(HEIGHT - 37.0)) { (lang.round(*t, Style::Percent)) }
                }
            }
            @for (n, gap, finds, undominated) in &points {
                g.s0 {
                    circle cx=(px(x.at(*gap))) cy=(px(y.at(*finds))) r="5.5"
                        fill=[(!undominated).then_some("#fff")] style=[(!undominated).then_some("fill:#fff;stroke-width:2")] {}
                }
                text x=(px(x.at(*gap) + 9.0)) y=(px(y.at(*finds) - 6.0)) { (n) }
            }
            text.middle.axis x="383.0" y=(px(HEIGHT - 10.0)) { (frame.x_label) }
            text.axis x="8.0" y="16.0" { (frame.y_label) }
        },
    )
}
