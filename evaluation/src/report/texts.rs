//! The fixed texts of the report: plain Dutch (B1) first, English second.

use crate::backtest::rule::Metric;
use crate::report::lang::{Pair, Style};

pub(crate) const TOO_FEW: Pair = Pair("te weinig", "too few");
pub(crate) const NO_VALUE: Pair = Pair("geen waarde", "no value");
pub(crate) const SKIP: Pair = Pair("Naar de inhoud", "Skip to content");
pub(crate) const OTHER_LANGUAGE: Pair =
    Pair("Read this report in English", "Lees dit rapport in het Nederlands");
pub(crate) const CONTENTS: Pair = Pair("Inhoud", "Contents");
pub(crate) const SUMMARY: Pair = Pair("Samenvatting", "Summary");
pub(crate) const KIND_OF_PAGE: Pair = Pair("Rapport van een rekenmodel", "Report on a model");
pub(crate) const YES: Pair = Pair("ja", "yes");
pub(crate) const NO: Pair = Pair("nee", "no");

/// The chapters, in order.
pub(crate) const CHAPTERS: [(&str, Pair); 11] = [
    ("doel", Pair("Doel en gebruik", "Purpose and use")),
    ("gegevens", Pair("Gegevens en herkomst", "Data and origin")),
    ("kenmerken", Pair("Kenmerken met paspoort", "Features and their passports")),
    ("toetsopzet", Pair("Toetsopzet", "How it was tested")),
    ("uitkomsten", Pair("Uitkomsten tegen de vaste regel", "Results against the locked rule")),
    ("kalibratie", Pair("Kalibratie", "Calibration")),
    ("eerlijkheid", Pair("Eerlijkheid", "Fairness")),
    ("onbekend", Pair("Onbekende uitkomsten", "Unknown outcomes")),
    ("model", Pair("Het model", "The model")),
    ("grenzen", Pair("Grenzen", "Limits")),
    ("nadoen", Pair("Zo draait u het na", "How to replay it")),
];

pub(crate) const RELEASED: Pair = Pair("Vrijgegeven", "Released");
pub(crate) const NOT_RELEASED: Pair = Pair("Niet vrijgegeven", "Not released");
pub(crate) const READ_FIGURES: Pair = Pair(
    "Achter elk cijfer staat tussen welke grenzen het waarschijnlijk ligt (95 %) en op hoeveel waarnemingen (n) het rust.",
    "Behind each figure stand the limits between which it probably lies (95 %) and the number of observations (n) it rests on.",
);
pub(crate) const KEY_RULE: Pair = Pair("Winst op de vergelijking", "Gain over the baseline");
pub(crate) const KEY_RULE_NOTE: Pair = Pair(
    "{metric}: “{model}” min “{baseline}”, op dezelfde rijen.",
    "{metric}: “{model}” minus “{baseline}”, on the same rows.",
);
pub(crate) const KEY_FAIR: Pair = Pair("Grootste verschil in selectie", "Largest difference in selection");
pub(crate) const KEY_FAIR_NOTE: Pair = Pair(
    "Groep “{group}” ({attribute}) staat zo veel keer zo vaak op de lijst als gemiddeld.",
    "Group “{group}” ({attribute}) is on the list this many times as often as average.",
);
pub(crate) const KEY_FAIR_NONE: Pair =
    Pair("Er zijn geen groepen om te vergelijken.", "There are no groups to compare.");

pub(crate) const ADVICE: Pair = Pair(
    "Een score is een advies, geen bewijs. Een hoge score zegt niets over een persoon of een adres. Wie de lijst gebruikt, \
     beslist zelf, laat ruimte voor eigen kennis en bezoekt ook een deel van de gebieden op basis van loting.",
    "A score is advice, not evidence. A high score says nothing about a person or an address. Whoever uses the list \
     decides, leaves room for professional judgement, and visits some areas by lot.",
);
pub(crate) const AREAS_ONLY: Pair = Pair(
    "Het model geeft cijfers per {level}. Het geeft geen cijfers per adres.",
    "The model gives figures per {level}. It gives none per address.",
);
pub(crate) const PEOPLE_NOT_USED: Pair = Pair(
    "Kenmerken van mensen (zoals herkomst, geloof, leeftijd of uitkering) mogen niet in het model. Het programma weigert ze.",
    "Characteristics of people (such as origin, religion, age or benefits) may not enter the model. The program refuses them.",
);
pub(crate) const PROTECTED_LIST: Pair =
    Pair("Woorden die de controle weigert in een kenmerk", "Words that the guard refuses in a feature");
pub(crate) const AUDIT_ONLY: Pair =
    Pair("Alleen gebruikt om eerlijkheid te meten", "Used only to measure fairness");
pub(crate) const NONE_DECLARED: Pair = Pair("geen opgegeven", "none declared");

pub(crate) const SOURCES: Pair =
    Pair("Bronnen en wat er met de rijen gebeurde", "Sources and what became of their rows");
pub(crate) const SOURCE: Pair = Pair("Bron", "Source");
pub(crate) const KIND: Pair = Pair("Soort", "Kind");
pub(crate) const READ: Pair = Pair("Gelezen", "Read");
pub(crate) const KEPT: Pair = Pair("Gebruikt", "Kept");
pub(crate) const LEFT_OUT: Pair = Pair("Weggelaten, met reden", "Left out, with reason");
pub(crate) const FINDINGS: Pair = Pair("Wat de controle vond", "What the checks found");
pub(crate) const FILES: Pair =
    Pair("Bestanden met hun vingerafdruk (SHA-256)", "Files with their fingerprint (SHA-256)");
pub(crate) const FILE: Pair = Pair("Bestand", "File");
pub(crate) const SIZE: Pair = Pair("Bytes", "Bytes");
pub(crate) const NOTHING: Pair = Pair("niets", "nothing");
pub(crate) const ROWS_WORD: Pair = Pair("rijen", "rows");
pub(crate) const HASH_NOTE: Pair = Pair(
    "De vingerafdruk verandert als er één teken in het bestand verandert. Zo is te controleren dat dezelfde gegevens zijn gebruikt.",
    "The fingerprint changes when one character of the file changes. It shows that the same data were used.",
);

pub(crate) const FEATURE: Pair = Pair("Kenmerk", "Feature");
pub(crate) const UNIT: Pair = Pair("Eenheid", "Unit");
pub(crate) const PURPOSE: Pair = Pair("Waarom", "Why");
pub(crate) const LEGAL: Pair = Pair("Grondslag", "Legal basis");
pub(crate) const KNOWN_FROM: Pair = Pair("Bekend vanaf", "Known from");
pub(crate) const KNOWN_BY: Pair = Pair("Uitkomsten bekend op", "Outcomes known on");
pub(crate) const DEFINITION: Pair = Pair("Hoe berekend", "How computed");
pub(crate) const MISSING: Pair = Pair("Ontbreekt", "Missing");
pub(crate) const PASSPORTS: Pair = Pair("Paspoorten van de kenmerken", "Passports of the features");
pub(crate) const PASSPORT_NOTE: Pair = Pair(
    "Een kenmerk zonder paspoort komt niet in het model. Elk kenmerk gebruikt alleen wat vóór de peildatum bekend was.",
    "A feature without a passport does not enter the model. Each uses only what was known before the as-of date.",
);

pub(crate) const TEST_NOTE: Pair = Pair(
    "Het model leert van het verleden en wordt getoetst op de periode daarna. Van {first} tot en met {last} is er om de {step} een \
     peildatum. Het model voorspelt de {horizon} na een peildatum. Uitkomsten van de laatste {embargo} vóór een toets blijven buiten het \
     leren, omdat ze dan nog niet bekend waren. Toetsen begint bij {test}; de gegevens lopen tot {until}.",
    "The model learns from the past and is tested on the period after it. From {first} to {last} there is an as-of date \
     every {step}. The model predicts the {horizon} after it. Outcomes of the last {embargo} before a test stay out of learning, because \
     they were not yet known then. Testing starts at {test}; the data run until {until}.",
);
pub(crate) const REFIT_YES: Pair =
    Pair("Voor elke toets leert het model opnieuw.", "The model learns again before each test.");
pub(crate) const REFIT_NO: Pair =
    Pair("Het model leert één keer, vóór de eerste toets.", "The model learns once, before the first test.");
pub(crate) const SPLITS: Pair = Pair("De toetsen", "The tests");
pub(crate) const SPLIT: Pair = Pair("Toets", "Test");
pub(crate) const TRAIN_PERIOD: Pair = Pair("Leert van", "Learns from");
pub(crate) const TRAIN_ROWS: Pair = Pair("Rijen om te leren", "Training rows");
pub(crate) const TRAIN_FINDS: Pair = Pair("Vondsten daarin", "Finds in them");
pub(crate) const TESTED_PERIOD: Pair = Pair("Getoetste periode", "Tested period");
pub(crate) const TEST_ROWS: Pair = Pair("Rijen om te toetsen", "Test rows");
pub(crate) const KNOWN: Pair = Pair("Uitkomst bekend", "Outcome known");
pub(crate) const NO_ACCESS: Pair = Pair("Geen toegang", "No access");
pub(crate) const FINDS_FOUND: Pair = Pair("Vondsten", "Finds");
pub(crate) const ON_LIST: Pair = Pair("Plaatsen op de lijst", "Places on the list");
pub(crate) const ALL_TESTS: Pair = Pair("alle toetsen samen", "all tests together");
pub(crate) const UNKNOWN_HEAD: Pair =
    Pair("Onbekend is niet hetzelfde als niets gevonden", "Unknown is not the same as nothing found");
pub(crate) const UNKNOWN_IS_UNKNOWN: Pair = Pair(
    "Van een {row} waar niemand keek, is de uitkomst onbekend.",
    "Of a {row} where nobody looked, the outcome is unknown.",
);
pub(crate) const SEES_ALL: Pair = Pair(
    "De bron ziet alles: geen melding betekent dat er niets was.",
    "The source sees everything: no event means that there was nothing.",
);
pub(crate) const TRAIN_LEFT_OUT: Pair = Pair(
    "Rijen met een onbekende uitkomst doen niet mee bij het leren. Ook AUC, gemiddelde precisie en kalibratie gaan alleen over rijen met een bekende uitkomst.",
    "Rows with an unknown outcome take no part in learning. AUC, average precision and calibration too are over rows with a known outcome.",
);
pub(crate) const TRAIN_AS_NOTHING: Pair = Pair(
    "Bij het leren telt een onbekende uitkomst als ‘niets gevonden’. Het model schat dus geregistreerde vondsten. AUC, gemiddelde precisie en \
     kalibratie lezen onbekend op dezelfde manier; de AUC over alleen bekende uitkomsten staat erbij. Wie meer bezoekt, vindt meer: lees deze cijfers met die kanttekening.",
    "In learning an unknown outcome counts as ‘nothing found’. The model thus estimates registered finds. AUC, average precision and \
     calibration read unknown in the same way; the AUC over known outcomes alone stands beside it. Who visits more finds more: read these figures with that in mind.",
);
pub(crate) const RULE_HEAD: Pair = Pair("De vaste regel", "The locked rule");
pub(crate) const RULE_NOTE: Pair = Pair(
    "Deze regel is vastgelegd voordat er één toetscijfer was. Een model wordt vrijgegeven als het op “{metric}” bij {capacity} \
     meer dan {margin} beter is dan “{baseline}”, met {confidence} zekerheid (eenzijdig).",
    "This rule was locked before there was any test figure. A model is released when, on “{metric}” at {capacity}, it is more \
     than {margin} better than “{baseline}”, with {confidence} confidence (one-sided).",
);
pub(crate) const BEST_BASELINE: Pair = Pair("de beste vergelijking", "the best baseline");
pub(crate) const RULE_HASH: Pair =
    Pair("Vingerafdruk van de regel (SHA-256)", "Fingerprint of the rule (SHA-256)");

pub(crate) const BY_RULE: Pair =
    Pair("Alle kandidaten volgens de regel: {metric}", "All candidates by the rule: {metric}");
pub(crate) const CANDIDATE: Pair = Pair("Kandidaat", "Candidate");
pub(crate) const ROLE: Pair = Pair("Rol", "Role");
pub(crate) const BASELINE: Pair = Pair("vergelijking", "baseline");
pub(crate) const LEARNER: Pair = Pair("model", "model");
pub(crate) const CHOSEN: Pair = Pair("gekozen model", "chosen model");
pub(crate) const DIFFERENCE_WORD: Pair = Pair("Verschil", "Difference");
pub(crate) const DIFFERENCE: Pair = Pair("Verschil met de vergelijking", "Difference from the baseline");
pub(crate) const GAIN_AT_LEAST: Pair =
    Pair("Winst is minstens ({confidence})", "Gain is at least ({confidence})");
pub(crate) const PASSES: Pair = Pair("Haalt de regel", "Meets the rule");
pub(crate) const METRICS_POOLED: Pair =
    Pair("Alle maten, alle toetsen samen", "All metrics, all tests together");
pub(crate) const METRIC: Pair = Pair("Maat", "Metric");
pub(crate) const METRICS_WORDS: Pair = Pair("Wat de maten betekenen", "What the metrics mean");
pub(crate) const MEANING: Pair = Pair("Betekenis", "Meaning");
pub(crate) const BETTER: Pair = Pair("Beter is", "Better is");
pub(crate) const MORE: Pair = Pair("meer", "more");
pub(crate) const LESS: Pair = Pair("minder", "less");
pub(crate) const NEAR_ONE: Pair = Pair("dicht bij 1", "near 1");
pub(crate) const BOUNDS: Pair = Pair(
    "Grenzen door onbekende uitkomsten en gelijke scores: {model}",
    "Bounds by unknown outcomes and tied scores: {model}",
);
pub(crate) const IF_EMPTY: Pair = Pair("Als onbekend leeg was", "If unknown were empty");
pub(crate) const IF_FOUND: Pair = Pair("Als onbekend raak was", "If unknown held one");
pub(crate) const TIES: Pair = Pair("Gelijke scores: slechtste tot beste", "Tied scores: worst to best");
pub(crate) const KNOWN_ONLY: Pair = Pair("Alleen bekende uitkomsten", "Known outcomes only");
pub(crate) const PER_SPLIT: Pair = Pair("Per toets: {metric}", "Per test: {metric}");
pub(crate) const PER_SPLIT_DESC: Pair = Pair(
    "Lijngrafiek. Van links naar rechts de toetsen, omhoog: {metric}, met interval. De cijfers staan in de tabel eronder.",
    "Line chart. From left to right the tests, upwards: {metric}, with interval. The figures are in the table below.",
);
pub(crate) const PER_SPLIT_LIST: Pair = Pair("De lijst per toets: {model}", "The list per test: {model}");
pub(crate) const PER_SPLIT_SCORE: Pair = Pair("De scores per toets: {model}", "The scores per test: {model}");
pub(crate) const PAIRED: Pair = Pair("Elk model min elke vergelijking", "Each model minus each baseline");
pub(crate) const PAIRED_NOTE: Pair = Pair(
    "De verschillen zijn gepaard: steeds op dezelfde rijen en dezelfde trekkingen van gebieden. Ligt nul buiten het interval, dan is het verschil moeilijk aan toeval toe te schrijven.",
    "The differences are paired: always on the same rows and the same draws of areas. When zero lies outside the interval, chance hardly explains the difference.",
);
pub(crate) const GAINS: Pair =
    Pair("Hoe snel de lijst vondsten verzamelt", "How fast the list gathers finds");
pub(crate) const GAINS_DESC: Pair = Pair(
    "Lijngrafiek. Van links naar rechts een langer deel van de lijst, omhoog het deel van alle vondsten daarin. De cijfers staan in de tabel eronder.",
    "Line chart. From left to right a longer part of the list, upwards the share of all finds in it. The figures are in the table below.",
);
pub(crate) const SHARE_OF_ROWS: Pair =
    Pair("Deel van de rijen, van boven af", "Share of the rows, from the top");
pub(crate) const SHARE_OF_FINDS: Pair = Pair("Deel van alle vondsten", "Share of all finds");
pub(crate) const AT_RANDOM: Pair = Pair("door loting", "by lot");

pub(crate) const CALIBRATION_NOTE: Pair = Pair(
    "Een goed gekalibreerd model verwacht ongeveer zo veel vondsten als er komen, ook in de hoogste groep. De rijen zijn verdeeld in tien \
     groepen met ongeveer evenveel {exposure}, van lage naar hoge verwachting.",
    "A well calibrated model expects about as many finds as there are, also in the highest group. The rows are split into ten \
     groups with about the same number of {exposure}, from low to high expectation.",
);
pub(crate) const CALIBRATION_TABLE: Pair =
    Pair("Verwacht en gevonden: {model}", "Expected and found: {model}");
pub(crate) const CALIBRATION_DESC: Pair = Pair(
    "Puntengrafiek. Naar rechts het verwachte aantal per 1.000, omhoog het gevonden aantal met interval. Op de schuine lijn zijn ze gelijk. De cijfers staan in de tabel eronder.",
    "Dot chart. To the right the expected number per 1,000, upwards the number found with interval. On the slanted line they are equal. The figures are in the table below.",
);
pub(crate) const EQUAL: Pair = Pair("gelijk", "equal");
pub(crate) const BIN: Pair = Pair("Groep", "Group");
pub(crate) const EXPECTED: Pair = Pair("Verwacht", "Expected");
pub(crate) const FOUND: Pair = Pair("Gevonden", "Found");
pub(crate) const EXPECTED_PER_1000: Pair =
    Pair("Verwacht per 1.000 {exposure}", "Expected per 1,000 {exposure}");
pub(crate) const FOUND_PER_1000: Pair = Pair("Gevonden per 1.000 {exposure}", "Found per 1,000 {exposure}");
pub(crate) const IN_THE_LARGE: Pair = Pair(
    "Over alles samen is gevonden gedeeld door verwacht",
    "Over all together, found divided by expected is",
);

pub(crate) const FAIR_NOTE: Pair = Pair(
    "Dit hoofdstuk meet wat de lijst van het gekozen model doet met groepen gebieden. De groepen komen uit cijfers over gebieden, niet over personen. Het \
     model kent deze cijfers niet. De cijfers gaan over {rows}.",
    "This chapter measures what the list of the chosen model does to groups of areas. The groups come from figures about areas, not about persons. \
     The model does not know these figures. The figures are about {rows}.",
);
pub(crate) const FAIR_CAUTION: Pair = Pair(
    "Let op: ‘niets gevonden’ is alleen bekend waar iemand keek. Wie vaker bezocht wordt, heeft meer bekende uitkomsten. Groepen met \
     minder dan 10 bekende uitkomsten staan er wel, maar zonder cijfers (‘te weinig’): nu {few}. De intervallen houden er rekening mee dat rijen van één gebied \
     op elkaar lijken.",
    "Note: ‘nothing found’ is only known where someone looked. Who is visited more often has more known outcomes. Groups with \
     fewer than 10 known outcomes are shown, but without figures (‘too few’): {few} here. The intervals allow for rows of one area being \
     alike.",
);
pub(crate) const NO_AUDIT: Pair = Pair(
    "De studie noemt geen kenmerken om eerlijkheid mee te meten. Er is dus niets over te zeggen.",
    "The study names no attributes to measure fairness with. Nothing can be said about it.",
);
pub(crate) const SELECTION_TABLE: Pair =
    Pair("Wie op de lijst komt: {attribute}", "Who gets on the list: {attribute}");
pub(crate) const OUTCOME_TABLE: Pair =
    Pair("Wat bezoeken opleveren: {attribute}", "What visits yield: {attribute}");
pub(crate) const BURDEN_TABLE: Pair =
    Pair("Last en verwachting: {attribute}", "Burden and expectation: {attribute}");
pub(crate) const GROUP: Pair = Pair("Groep", "Group");
pub(crate) const ROWS: Pair = Pair("Rijen", "Rows");
pub(crate) const BASE_RATE: Pair = Pair("Raak, van alle bekende uitkomsten", "Hits among all known outcomes");
pub(crate) const SELECTION_RATE: Pair = Pair("Deel op de lijst", "Share on the list");
pub(crate) const SELECTION_RATIO: Pair = Pair("Keer het gemiddelde", "Times the average");
pub(crate) const SELECTION_DIFFERENCE: Pair =
    Pair("Verschil met het gemiddelde", "Difference from the average");
pub(crate) const PRECISION: Pair = Pair("Raak, van de lijst", "Hits on the list (precision)");
pub(crate) const RECALL: Pair =
    Pair("Deel van de vondsten op de lijst", "Share of finds on the list (recall)");
pub(crate) const FALSE_POSITIVE: Pair =
    Pair("Vals alarm (op de lijst, niets gevonden)", "False positive rate");
pub(crate) const FRUITLESS: Pair =
    Pair("Vergeefse bezoeken per 1.000 {burden}", "Fruitless visits per 1,000 {burden}");
pub(crate) const FOUND_PER_EXPECTED: Pair = Pair("Gevonden / verwacht", "Found / expected");
pub(crate) const DOTS_DESC: Pair = Pair(
    "Puntengrafiek: per groep een punt met zijn interval; de stippellijn is het gemiddelde van alle rijen. De cijfers staan in de tabel.",
    "Dot chart: a dot per group with its interval; the dotted line is the average of all rows. The figures are in the table.",
);

pub(crate) const MODEL_NOTE: Pair = Pair(
    "Het gekozen model is “{model}” (soort: {kind}). Het is na de toetsen opnieuw gemaakt op alles wat bekend is ({rows} rijen). Het telt een vast getal en de onderstaande bijdragen op; {link}.",
    "The chosen model is “{model}” (kind: {kind}). After the tests it was fitted again on all that is known ({rows} rows). It adds up a fixed number and the contributions below; {link}.",
);
pub(crate) const LINK_IDENTITY: Pair = Pair("de som is de verwachting", "the sum is the expectation");
pub(crate) const LINK_LOGIT: Pair = Pair(
    "de som gaat via 1 / (1 + exp(−som)) naar een kans",
    "the sum becomes a chance by 1 / (1 + exp(−sum))",
);
pub(crate) const LINK_LOG: Pair = Pair(
    "exp(som) is het verwachte aantal per eenheid",
    "exp(sum) is the expected number per unit of exposure",
);
pub(crate) const TERMS: Pair = Pair("Bijdragen van “{model}”", "Contributions of “{model}”");
pub(crate) const TERM: Pair = Pair("Bijdrage", "Contribution");
pub(crate) const VALUES: Pair = Pair("Bij", "At");
pub(crate) const EFFECT: Pair = Pair("Telt op", "Adds");
pub(crate) const INTERCEPT: Pair = Pair("Vast getal", "Intercept");
pub(crate) const PER_ONE: Pair =
    Pair("per 1 {unit}, geteld vanaf {center}", "per 1 {unit}, counted from {center}");
pub(crate) const PER_LOG: Pair =
    Pair("per 1 van ln(1 + {unit}), geteld vanaf {center}", "per 1 of ln(1 + {unit}), counted from {center}");
pub(crate) const PER_LOG_RATE: Pair = Pair(
    "per 1 van ln(0,001 + {unit}), geteld vanaf {center}",
    "per 1 of ln(0.001 + {unit}), counted from {center}",
);
pub(crate) const WHERE_HOLDS: Pair = Pair("als dit zo is", "where this holds");
pub(crate) const BELOW: Pair = Pair("onder {b}", "below {b}");
pub(crate) const FROM: Pair = Pair("vanaf {a}", "from {a}");
pub(crate) const FROM_BELOW: Pair = Pair("{a} tot {b}", "{a} to {b}");
pub(crate) const PARITY: Pair = Pair("Zelfde uitkomst in elk rekenprogramma", "Same result in every backend");
pub(crate) const BACKEND: Pair = Pair("Rekenprogramma", "Backend");
pub(crate) const COMPARED: Pair = Pair("Vergeleken rijen", "Rows compared");
pub(crate) const LARGEST: Pair = Pair("Grootste verschil", "Largest difference");
pub(crate) const ALLOWED: Pair = Pair("Toegestaan", "Allowed");
pub(crate) const TOP: Pair =
    Pair("Gebieden bovenaan, {from} tot en met {until}", "Areas at the top, {from} to {until}");
pub(crate) const TOP_NOTE: Pair = Pair(
    "{published} gebieden hebben een score; van {suppressed} is de score niet getoond, omdat ze te klein zijn of omdat anders een klein gebied te herleiden is. De intervallen zijn hier 90 %.",
    "{published} areas have a score; that of {suppressed} is not shown, because they are too small or would give a small area away. Intervals are 90 % here.",
);
pub(crate) const RANK: Pair = Pair("Plaats", "Rank");
pub(crate) const RANK_INTERVAL: Pair = Pair("Plaats, 90 %", "Rank, 90 %");
pub(crate) const CODE: Pair = Pair("Code", "Code");
pub(crate) const AREA: Pair = Pair("Gebied", "Area");
pub(crate) const EXPECTED_FINDS: Pair = Pair("Verwachte {finds}", "Expected {finds}");

/// What always holds, whatever the study.
pub(crate) const LIMITS: [Pair; 5] = [
    Pair(
        "Een vondst is pas een vondst als iemand keek. Waar weinig gekeken is, weet het model weinig. Alleen bezoeken op basis van loting laten zien wat er werkelijk is.",
        "A find is only a find where someone looked. Where few looked, the model knows little. Only visits by lot show what is really there.",
    ),
    Pair(
        "Vondsten zijn zeldzaam. Daarom zijn de intervallen breed. Vergelijk geen twee gebieden waarvan de intervallen elkaar overlappen.",
        "Finds are rare. Intervals are therefore wide. Do not compare two areas whose intervals overlap.",
    ),
    Pair(
        "De toets gaat over het verleden in deze plaats. Een andere plaats of een ander beleid kan anders uitpakken.",
        "The test is about the past of this place. Another place or policy may turn out differently.",
    ),
    Pair(
        "Als er meer modellen zijn, is het beste gekozen op dezelfde rijen die het beoordelen. Dat maakt het cijfer iets te gunstig.",
        "Where there are several models, the best is chosen on the same rows that judge it. That makes its figure a little too good.",
    ),
    Pair(
        "De cijfers over eerlijkheid gaan over gebieden. Ze zeggen niets over losse personen in die gebieden.",
        "The fairness figures are about areas. They say nothing about single persons in those areas.",
    ),
];
pub(crate) const METHODS: Pair = Pair("Hoe de intervallen zijn gemaakt", "How the intervals were made");
pub(crate) const METHOD: Pair = Pair("Methode", "Method");
pub(crate) const REPLAY_NOTE: Pair = Pair(
    "Met dezelfde bestanden en deze opdrachten komt er byte voor byte hetzelfde uit, op elk aantal processorkernen. Programma: {software}. Startgetal: {seed}. \
     Trekkingen: {draws}.",
    "With the same files and these commands the very same bytes come out, on any number of cores. Software: {software}. Seed: {seed}. Draws: {draws}.",
);

/// Name of a metric.
pub(crate) const fn metric(metric: Metric) -> Pair {
    match metric {
        Metric::FindsAtCapacity => Pair("Vondsten op de lijst", "Finds on the list"),
        Metric::PrecisionAtCapacity => Pair("Trefkans van de lijst", "Hit rate of the list (precision)"),
        Metric::RecallAtCapacity => {
            Pair("Deel van de vondsten op de lijst", "Share of finds on the list (recall)")
        }
        Metric::Lift => Pair("Lift", "Lift"),
        Metric::Pai => Pair("PAI", "PAI"),
        Metric::Auc => Pair("AUC", "AUC"),
        Metric::AveragePrecision => Pair("Gemiddelde precisie", "Average precision"),
        Metric::Brier => Pair("Brier-score", "Brier score"),
        Metric::LogLoss => Pair("Logaritmisch verlies", "Logarithmic loss"),
        Metric::PoissonDeviance => Pair("Poisson-deviantie", "Poisson deviance"),
        Metric::CalibrationInTheLarge => Pair("Gevonden / verwacht", "Found / expected"),
    }
}

/// What a metric means.
pub(crate) const fn meaning(metric: Metric) -> Pair {
    match metric {
        Metric::FindsAtCapacity => Pair(
            "Aantal vondsten in de rijen die op de lijst passen, over alle toetsen opgeteld.",
            "Number of finds in the rows that fit on the list, summed over the tests.",
        ),
        Metric::PrecisionAtCapacity => Pair(
            "Van de rijen op de lijst met een bekende uitkomst: het deel waar iets is gevonden.",
            "Of the listed rows with a known outcome: the share in which something was found.",
        ),
        Metric::RecallAtCapacity => Pair(
            "Van alle vondsten: het deel dat op de lijst stond.",
            "Of all finds: the share that was on the list.",
        ),
        Metric::Lift => Pair(
            "Hoeveel keer zo vaak raak als bij alle bekende uitkomsten samen.",
            "How many times as often a hit as among all known outcomes.",
        ),
        Metric::Pai => Pair(
            "Deel van de vondsten op de lijst, gedeeld door het deel van de omvang (panden, huishoudens) op de lijst.",
            "Share of the finds on the list, divided by the share of the exposure (buildings, households) on it.",
        ),
        Metric::Auc => Pair(
            "Kans dat een rij met een vondst hoger scoort dan een rij zonder; gelijk telt half. 0,5 is loten.",
            "Chance that a row with a find scores above one without; ties count half. 0.5 is drawing lots.",
        ),
        Metric::AveragePrecision => Pair(
            "De trefkans gemiddeld over alle vondsten, van boven af. Hangt af van hoe zeldzaam vondsten zijn.",
            "The hit rate averaged over all finds, from the top. Depends on how rare finds are.",
        ),
        Metric::Brier => Pair(
            "Gemiddeld kwadraat van het verschil tussen kans en uitkomst.",
            "Mean square of the difference between chance and outcome.",
        ),
        Metric::LogLoss => Pair(
            "Gemiddelde straf voor een te lage kans op wat gebeurde.",
            "Mean penalty for giving what happened too small a chance.",
        ),
        Metric::PoissonDeviance => Pair(
            "Gemiddelde afstand tussen verwacht en gevonden aantal.",
            "Mean distance between expected and found number.",
        ),
        Metric::CalibrationInTheLarge => Pair(
            "Gevonden aantal gedeeld door verwacht aantal, over alle rijen samen.",
            "Number found divided by number expected, over all rows together.",
        ),
    }
}

/// How figures of a metric are written.
pub(crate) const fn style(metric: Metric) -> Style {
    match metric {
        Metric::FindsAtCapacity => Style::Number,
        Metric::PrecisionAtCapacity | Metric::RecallAtCapacity => Style::Percent,
        _ => Style::Plain,
    }
}

/// How differences of a metric are written.
pub(crate) const fn signed(metric: Metric) -> Style {
    match metric {
        Metric::FindsAtCapacity => Style::SignedNumber,
        Metric::PrecisionAtCapacity | Metric::RecallAtCapacity => Style::SignedPercent,
        _ => Style::Signed,
    }
}
