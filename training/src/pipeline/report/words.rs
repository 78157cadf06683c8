//! What the checks found, in plain Dutch: by the stable id of the check or of the reason.

use models::Text;

/// Dutch sentence for a check; `None` for one that has none yet (the English message is shown).
pub(super) fn finding(check: &str) -> Option<&'static str> {
    ALL.iter().find(|(id, ..)| *id == check).map(|(_, nl, _)| *nl)
}

/// Why rows were left out.
pub(super) fn reason(reason: &str) -> Text {
    // The reason of a row that `only` leaves out names the column too.
    if let Some(column) = reason.strip_prefix("only") {
        return Text {
            nl: format!("buiten de keuze van de studie{column}"),
            en: format!("outside the study's choice{column}"),
        };
    }
    let known = ALL.iter().find(|(id, ..)| *id == reason);
    let (nl, en) = known.map_or((reason, reason), |(_, nl, en)| (*nl, *en));
    Text { nl: nl.to_owned(), en: en.to_owned() }
}

/// Id, Dutch, English.
const ALL: &[(&str, &str, &str)] = &[
    ("area_not_in_study", "een gebied buiten deze studie", "an area outside this study"),
    ("bad_date", "geen datum", "not a date"),
    ("column_type", "een kolom van een ander soort", "a column of another type"),
    (
        "date_in_future",
        "de datum ligt na de dag waarop de gegevens zijn gehaald",
        "the date lies after the day of extraction",
    ),
    ("double", "dubbel", "double"),
    ("double_row", "de rij staat er twee keer", "the row is there twice"),
    ("duplicate_area", "de gebiedscode staat er twee keer", "the area code is there twice"),
    ("duplicate_figure", "het cijfer staat er twee keer", "the figure is there twice"),
    ("duplicate_unit", "het pand staat er meer dan één keer", "the unit is there more than once"),
    (
        "empty_validity",
        "een voorkomen dat ophoudt op de dag dat het begint",
        "an occurrence that ends on the day it begins",
    ),
    (
        "ends_before_it_begins",
        "een voorkomen dat ophoudt voor het begint",
        "an occurrence that ends before it begins",
    ),
    ("geometry", "de vorm van het gebied is niet te gebruiken", "the area's shape cannot be used"),
    ("known_before_event", "eerder bekend dan gebeurd", "known before it happened"),
    (
        "known_in_future",
        "bekend na de dag waarop de gegevens zijn gehaald",
        "known after the day of extraction",
    ),
    ("negative_count", "een aantal onder nul", "a count below zero"),
    ("no_area", "zonder gebied", "without an area"),
    ("no_code", "zonder gebiedscode", "without an area code"),
    ("no_count", "zonder aantal", "without a count"),
    ("no_date", "zonder datum", "without a date"),
    ("no_id", "zonder nummer van het pand", "without an id of the unit"),
    ("no_known_from", "zonder datum van registratie", "without a date of registration"),
    ("no_outcome", "zonder uitkomst", "without an outcome"),
    ("no_place", "zonder pand, gebied of coördinaat", "without unit, area or coordinate"),
    ("no_publication_date", "zonder datum van publicatie", "without a publication date"),
    ("no_year", "zonder jaar", "without a year"),
    ("not_a_number", "geen getal", "not a number"),
    ("out_of_range", "een waarde buiten het gewone bereik", "a value outside the usual range"),
    (
        "overlapping_validity",
        "voorkomens van een pand overlappen; het eerste is daar afgesloten",
        "occurrences of a unit overlap; the earlier is closed there",
    ),
    ("point_outside_areas", "een punt buiten alle gebieden", "a point outside all areas"),
    (
        "repeated_area",
        "rijen die een gebied herhalen, één keer geteld",
        "rows that repeat an area, counted once",
    ),
    ("repeated_code", "een herhaalde gebiedscode", "a repeated area code"),
    (
        "replaced",
        "vervangen door een later bekend voorkomen",
        "replaced by an occurrence that was known later",
    ),
    (
        "same_beginning",
        "twee voorkomens van een pand beginnen op dezelfde dag; het laatst bekende telt",
        "two occurrences of a unit begin on the same day; the last known one counts",
    ),
    ("secret_value", "waarden die de uitgever geheim houdt", "values that the publisher withholds"),
    (
        "starts_in_future",
        "een voorkomen dat begint na de dag waarop de gegevens zijn gehaald",
        "an occurrence that begins after the day of extraction",
    ),
    ("unit_outside_areas", "een pand buiten alle gebieden", "a unit outside all areas"),
    ("unknown_area", "een gebied dat niet in de lijst staat", "an area that is not in the list"),
    ("unknown_outcome", "een uitkomst die de studie niet noemt", "an outcome that the study does not name"),
    (
        "unknown_parent",
        "het gebied waarin dit gebied zou liggen, bestaat niet",
        "the area that this one would lie in does not exist",
    ),
    ("unknown_reason", "een aanleiding die de studie niet noemt", "a reason that the study does not name"),
    ("unknown_unit", "een pand dat niet in het register staat", "a unit that is not in the register"),
    ("wrong_crs", "coördinaten in een ander stelsel", "coordinates in another system"),
];
