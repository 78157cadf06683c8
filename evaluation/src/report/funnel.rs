//! The part of the chapter on fairness that follows groups from all rows to a find.

use maud::{Markup, html};

use crate::backtest::GroupFunnel;
use crate::fairness::{FunnelStep, GroupTable};
use crate::report::facts::Report;
use crate::report::lang::{Lang, Pair, Style};
use crate::report::page::{head, plain, table};
use crate::report::texts;

const COUNTS: Pair = Pair("De trechter in aantallen: {attribute}", "The funnel in numbers: {attribute}");
const STEPS: Pair = Pair("Wat elke stap toevoegt: {attribute}", "What each step adds: {attribute}");
const NOTE: Pair = Pair(
    "De trechter volgt elke groep van alle rijen naar de lijst, naar een bezoek en naar een vondst. Elke stap staat naast “{reference}”, de groep met \
     de meeste rijen. Staat bij een stap 2, dan komt een rij van die groep twee keer zo vaak door die stap. Zo is te zien welke stap een verschil \
     maakt: de score, de keuze wie bezocht wordt, of wat er gevonden wordt.",
    "The funnel follows each group from all rows to the list, to a visit and to a find. Each step stands beside “{reference}”, the group with \
     most rows. A 2 means that a row of that group passes the step twice as often. It shows which step makes a difference: the score, the choice \
     whom to visit, or what is found.",
);
const STEP: Pair = Pair("Stap", "Step");
const RATE: Pair = Pair("Deel van de stap ervoor", "Share of the step before");
const STEP_RATIO: Pair = Pair("Keer “{reference}”: deze stap", "Times “{reference}”: this step");
const ROUTE_RATIO: Pair =
    Pair("Keer “{reference}”: alle stappen tot hier", "Times “{reference}”: all steps so far");
const OVER: Pair = Pair("Duidelijk vaker", "Clearly more often");

/// The funnel of the attribute of this table, for the same list.
pub(crate) fn section(report: &Report, t: &GroupTable, lang: Lang) -> Markup {
    let own = |f: &&GroupFunnel| f.attribute == t.attribute && f.candidate == t.candidate;
    let Some(funnel) = report.evaluation.funnels.iter().find(own) else { return html! {} };
    let reference = funnel.groups.get(funnel.reference).map_or("", |g| lang.text(g));
    let fill = |pair| lang.fill(pair, &[("attribute", lang.text(&t.label)), ("reference", reference)]);
    let columns = vec![
        lang.of(STEP).to_owned(),
        lang.of(texts::GROUP).to_owned(),
        lang.of(RATE).to_owned(),
        fill(STEP_RATIO),
        fill(ROUTE_RATIO),
        lang.of(OVER).to_owned(),
    ];
    let rows: Vec<_> = funnel.steps.iter().flat_map(|s| step(funnel, s, lang)).collect();
    let warnings = funnel.steps.iter().filter_map(|s| s.warning.as_ref());
    html! {
        p { (fill(NOTE)) }
        (counts(funnel, &fill(COUNTS), lang))
        (table(&fill(STEPS), &columns, &rows))
        @for warning in warnings { p { (lang.text(warning)) } }
    }
}

fn counts(funnel: &GroupFunnel, caption: &str, lang: Lang) -> Markup {
    let mut columns = head(lang, &[texts::GROUP]);
    columns.extend(funnel.stages.iter().map(|s| lang.text(&s.name).to_owned()));
    let rows: Vec<_> = funnel
        .groups
        .iter()
        .enumerate()
        .map(|(g, name)| {
            let mut row = vec![plain(lang.text(name))];
            row.extend(funnel.stages.iter().map(|s| plain(lang.figure(s.counts[g], Style::Number))));
            row
        })
        .collect();
    table(caption, &columns, &rows)
}

fn step(funnel: &GroupFunnel, step: &FunnelStep, lang: Lang) -> Vec<Vec<Markup>> {
    let row = |figures: &crate::fairness::FunnelFigures| {
        let is_reference = figures.group == funnel.reference;
        let name = funnel.groups.get(figures.group).map_or("", |g| lang.text(g));
        let beside = |estimate| if is_reference { plain("–") } else { lang.cell(estimate, Style::Plain) };
        vec![
            plain(lang.text(&step.name)),
            plain(name),
            lang.cell(&figures.rate, Style::Percent),
            beside(&figures.step_ratio),
            beside(&figures.route_ratio),
            plain(match (is_reference, figures.over) {
                (true, _) => "–",
                (_, true) => lang.of(texts::YES),
                _ => lang.of(texts::NO),
            }),
        ]
    };
    step.groups.iter().map(row).collect()
}
