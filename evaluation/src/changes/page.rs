//! What changed between two releases as one page: Dutch first, English below it.

use maud::{Markup, html};

use super::figures::FigureChange;
use super::lists::{ListChange, Move};
use super::paired::PairedChange;
use super::{Changes, SourceChange};
use crate::bilingual;
use crate::report::lang::{Lang, Pair, Style};
use crate::report::page::{head, plain, table};

const KIND: Pair = Pair("Wat er veranderde", "What changed");
const OLD_NEW: [Pair; 3] = [Pair("wat", "what"), Pair("oud", "old"), Pair("nieuw", "new")];
const RELEASES: Pair = Pair("De twee uitgaven", "The two releases");
const SOURCES: Pair = Pair("Rijen per bron", "Rows per source");
const SETTINGS: Pair = Pair("Instellingen van de studie", "Settings of the study");
const FEATURES: Pair = Pair("Kenmerken", "Features");
const FIGURES: Pair = Pair("Cijfers van het gekozen model", "Figures of the chosen model");
const GROUPS: Pair = Pair("Cijfers per groep", "Figures per group");
const LISTS: Pair = Pair("De lijsten", "The lists");
const MOVES: Pair = Pair("Gebieden die echt van plaats wisselden", "Areas that really changed place");
const SAME: Pair = Pair("geen verschil", "no difference");
const APART: Pair = Pair(
    "“Anders” staat er alleen als de intervallen elkaar niet raken.",
    "It says “apart” only where the intervals do not touch.",
);
const NOT_PAIRED: Pair = Pair(
    "De uitgaven hebben geen testperiode met dezelfde vondsten gemeen: een gepaard verschil is er niet.",
    "The releases have no test period with the same finds in common: there is no paired difference.",
);
/// Areas in the table at most; the JSON has them all.
const SHOWN: usize = 50;

/// A self-contained page.
#[must_use]
pub fn page(changes: &Changes) -> String {
    let (old, new) = &changes.releases;
    let foot = format!("manifest {} → {}", old.manifest, new.manifest);
    bilingual::page(KIND, &new.title, |lang| body(changes, lang), &foot)
}

fn body(changes: &Changes, lang: Lang) -> Markup {
    html! {
        h3 { (lang.of(RELEASES)) } (releases(changes, lang))
        h3 { (lang.of(SOURCES)) } (sources(&changes.sources, lang))
        @if changes.borders > 0 {
            p { (lang.fill(Pair("De getekende grenzen van {n} gebieden verschillen.", "The drawn borders of {n} areas differ."), &[("n", &lang.count(changes.borders))])) }
        }
        h3 { (lang.of(SETTINGS)) } (list(&changes.settings, lang))
        h3 { (lang.of(FEATURES)) } (list(&features(changes, lang), lang))
        h3 { (lang.of(FIGURES)) } p { (lang.of(APART)) }
        (figures(lang.of(FIGURES), &changes.metrics, lang))
        (paired(changes.paired.as_ref(), lang))
        h3 { (lang.of(LISTS)) } (lists(&changes.lists, lang))
        h3 { (lang.of(MOVES)) } (moves(changes, lang))
        @if !changes.groups.is_empty() {
            h3 { (lang.of(GROUPS)) }
            @for group in &changes.groups {
                (figures(&format!("{}: {} → {}", lang.text(&group.attribute), lang.text(&group.group.0), lang.text(&group.group.1)), &group.figures, lang))
            }
        }
    }
}

fn list(lines: &[String], lang: Lang) -> Markup {
    html! {
        @if lines.is_empty() { p { (lang.of(SAME)) } } @else { ul { @for line in lines { li { (line) } } } }
    }
}

fn releases(changes: &Changes, lang: Lang) -> Markup {
    let (old, new) = &changes.releases;
    let yes = |released: bool| lang.of(if released { Pair("ja", "yes") } else { Pair("nee", "no") });
    let row = |name: Pair, old: &str, new: &str| vec![plain(lang.of(name)), plain(old), plain(new)];
    let learners = |names: &[String]| names.join(", ");
    let rows = vec![
        row(Pair("peildatum", "as-of date"), &old.as_of, &new.as_of),
        row(Pair("gegevens tot en met", "data until"), &old.data_until, &new.data_until),
        row(Pair("testperiodes", "test periods"), &old.tested.join(", "), &new.tested.join(", ")),
        row(
            Pair("geprobeerde modellen", "models tried"),
            &learners(&changes.learners.0),
            &learners(&changes.learners.1),
        ),
        row(Pair("gekozen model", "chosen model"), &old.model, &new.model),
        row(Pair("voldeed aan de regel", "met the rule"), yes(old.released), yes(new.released)),
    ];
    table(lang.of(RELEASES), &head(lang, &OLD_NEW), &rows)
}

fn sources(sources: &[SourceChange], lang: Lang) -> Markup {
    let count = |rows: Option<u64>| rows.map_or_else(|| "–".to_owned(), |rows| lang.count(rows));
    let same = |same: bool| lang.of(if same { Pair("ja", "yes") } else { Pair("nee", "no") });
    let row = |source: &SourceChange| {
        vec![
            plain(&source.name),
            plain(count(source.rows.0)),
            plain(count(source.rows.1)),
            plain(same(source.same_files)),
        ]
    };
    let names = [OLD_NEW[0], OLD_NEW[1], OLD_NEW[2], Pair("zelfde bestanden", "same files")];
    table(lang.of(SOURCES), &head(lang, &names), &sources.iter().map(row).collect::<Vec<_>>())
}

fn features(changes: &Changes, lang: Lang) -> Vec<String> {
    let say = |words: Pair, names: &[String]| {
        (!names.is_empty()).then(|| format!("{}: {}", lang.of(words), names.join(", ")))
    };
    let features = &changes.features;
    [
        say(Pair("nieuw", "added"), &features.added),
        say(Pair("vervallen", "removed"), &features.removed),
        say(Pair("veranderd", "changed"), &features.changed),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn figures(caption: &str, figures: &[FigureChange], lang: Lang) -> Markup {
    let apart = |apart: bool| if apart { lang.of(Pair("anders", "apart")) } else { "" };
    let row = |figure: &FigureChange| {
        vec![
            html! { code { (figure.metric) } },
            lang.cell(&figure.old, Style::Plain),
            lang.cell(&figure.new, Style::Plain),
            plain(apart(figure.apart)),
        ]
    };
    let names = [OLD_NEW[0], OLD_NEW[1], OLD_NEW[2], Pair("verschil", "difference")];
    table(caption, &head(lang, &names), &figures.iter().map(row).collect::<Vec<_>>())
}

fn paired(paired: Option<&PairedChange>, lang: Lang) -> Markup {
    let Some(paired) = paired else { return html! { p { (lang.of(NOT_PAIRED)) } } };
    let text = Pair(
        "Op dezelfde gebieden en periodes ({periods}; {areas} gebieden) is de gemiddelde Poisson-deviantie {old} (oud) en {new} (nieuw). Verschil, nieuw min oud: {difference}. Onder 0 is de nieuwe uitgave beter.",
        "On the same areas and periods ({periods}; {areas} areas) the mean Poisson deviance is {old} (old) and {new} (new). Difference, new minus old: {difference}. Below 0 the new release is better.",
    );
    let values = [
        ("periods", paired.periods.join(", ")),
        ("areas", lang.count(paired.areas)),
        ("old", lang.figure(paired.means.0, Style::Plain)),
        ("new", lang.figure(paired.means.1, Style::Plain)),
        ("difference", lang.sentence(&paired.deviance, Style::Signed)),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    html! { p { (lang.fill(text, &values)) } }
}

fn lists(lists: &[ListChange], lang: Lang) -> Markup {
    let share = |x: Option<f64>| x.map_or_else(|| "–".to_owned(), |x| lang.figure(x, Style::Percent));
    let row = |list: &ListChange| {
        vec![
            plain(&list.level),
            plain(format!("{} → {}", lang.count(list.length.0), lang.count(list.length.1))),
            plain(lang.count(list.on_both)),
            plain(share(list.churn)),
            plain(share(list.jaccard)),
            plain(share(list.rank_biased_overlap)),
            plain(list.came.join(", ")),
            plain(list.went.join(", ")),
        ]
    };
    let names = [
        Pair("niveau", "level"),
        Pair("lengte", "length"),
        Pair("op beide", "on both"),
        Pair("weg van de oude", "gone from the old"),
        Pair("gelijkenis (Jaccard)", "likeness (Jaccard)"),
        Pair("gelijkenis rangorde (RBO)", "likeness of ranks (RBO)"),
        Pair("erbij", "came"),
        Pair("eraf", "went"),
    ];
    table(lang.of(LISTS), &head(lang, &names), &lists.iter().map(row).collect::<Vec<_>>())
}

fn moves(changes: &Changes, lang: Lang) -> Markup {
    let (moved, both) = (lang.count(changes.moves.len() as u64), lang.count(changes.ranked_in_both));
    let text = Pair(
        "Van {both} gebieden met een plaats in beide uitgaven raken de 90 %-intervallen van {moved} elkaar niet.",
        "Of {both} areas with a rank in both releases, the 90 % intervals of {moved} do not touch.",
    );
    let row = |area: &Move| {
        let ((low, high), (from, to)) = (area.interval_before, area.interval_after);
        vec![
            plain(format!("{} {}", area.code, area.name)),
            plain(format!("{} ({low}–{high})", area.rank.0)),
            plain(format!("{} ({from}–{to})", area.rank.1)),
        ]
    };
    let rows: Vec<Vec<Markup>> = changes.moves.iter().take(SHOWN).map(row).collect();
    html! {
        p { (lang.fill(text, &[("both", &both), ("moved", &moved)])) }
        @if !rows.is_empty() { (table(lang.of(MOVES), &head(lang, &OLD_NEW), &rows)) }
    }
}
