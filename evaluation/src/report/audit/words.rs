//! The fixed texts of an audit: plain Dutch (B1) first, English second.

use crate::fairness::GroupMetric;
use crate::report::lang::Pair;

pub(crate) const KIND: Pair = Pair("Controle van een lijst of van aantallen", "Audit of a list or of counts");
pub(crate) const OTHER_LANGUAGE: Pair =
    Pair("Read this audit in English", "Lees deze controle in het Nederlands");
pub(crate) const CLEAR: Pair = Pair("Groepen komen duidelijk vaker door", "Groups clearly pass more often");
pub(crate) const UNCLEAR: Pair = Pair("Geen duidelijk verschil gevonden", "No clear difference found");
pub(crate) const CLEAR_NOTE: Pair = Pair(
    "Bij {n} van de {of} vergelijkingen vóór de uitkomst komt een groep duidelijk vaker door een stap dan de vergelijkingsgroep: het hele interval ligt boven 1{rounding}, en ook na correctie voor het aantal vergelijkingen is dat geen toeval. \
     Dat een groep vaker doorkomt is nog geen bewijs van onrecht. Het vraagt wel om een reden die los staat van de groep.",
    "In {n} of {of} comparisons before the outcome a group clearly passes a step more often than the reference group: the whole interval lies above 1{rounding}, and luck does not explain it after correction for the number of comparisons. \
     Passing more often is no proof of injustice yet. It does ask for a reason that has nothing to do with the group.",
);
pub(crate) const ROUNDING_TOO: Pair =
    Pair(", ook na afronding van de aantallen", ", also after rounding of the counts");
pub(crate) const UNCLEAR_NOTE: Pair = Pair(
    "In geen van de {of} vergelijkingen vóór de uitkomst komt een groep duidelijk vaker door. Dat bewijst niet dat er geen verschil is: kijk hoe breed de intervallen zijn.",
    "In none of {of} comparisons before the outcome does a group clearly pass more often. That does not prove that there is no difference: look how wide the intervals are.",
);

pub(crate) const CHAPTERS: [(&str, Pair); 5] = [
    ("bron", Pair("Wat is bekeken", "What was looked at")),
    ("trechter", Pair("Van iedereen naar een vondst, per groep", "From everyone to a find, by group")),
    ("maten", Pair("Wat de lijst met elke groep doet", "What the list does to each group")),
    ("lezen", Pair("Welke maat beantwoordt welke vraag", "Which metric answers which question")),
    ("nadoen", Pair("Methode, grenzen en opnieuw draaien", "Method, limits and running it again")),
];
pub(crate) const FILE_NOTE: Pair = Pair(
    "Bestand {file} ({bytes} bytes), {rows} rijen gebruikt, {left} weggelaten door een filter. Vingerafdruk (SHA-256):",
    "File {file} ({bytes} bytes), {rows} rows used, {left} left out by a filter. Fingerprint (SHA-256):",
);
pub(crate) const COLUMNS: Pair = Pair("Kolommen", "Columns");
pub(crate) const ROLE: Pair = Pair("Rol", "Role");
pub(crate) const COLUMN: Pair = Pair("Kolom in het bestand", "Column of the file");
pub(crate) const LIST_NOTE: Pair = Pair(
    "Op de lijst staan {listed} rijen. Van {known} van de {rows} rijen is de uitkomst bekend; van {unknown} niet. Onbekend is niet hetzelfde als niets gevonden.",
    "{listed} rows are on the list. Of {known} of {rows} rows the outcome is known; of {unknown} it is not. Unknown is not the same as nothing found.",
);
pub(crate) const TIES: Pair = Pair(
    "{n} rijen delen de laatste score; er is maar voor een deel plaats. Zij tellen elk voor {share} mee.",
    "{n} rows share the last score and there is room for some of them only. Each counts for {share}.",
);
pub(crate) const CLUSTERS: Pair = Pair(
    "Rijen van één cluster lijken op elkaar. Er zijn {n} clusters; de intervallen houden daar rekening mee.",
    "Rows of one cluster are alike. There are {n} clusters; the intervals allow for that.",
);
pub(crate) const NO_CLUSTERS: Pair = Pair(
    "De intervallen nemen aan dat rijen los van elkaar staan. Horen rijen bij elkaar (een straat, een gebied, een huishouden), geef dan --cluster: \
     anders zijn de intervallen te smal.",
    "The intervals assume that rows are independent. Where rows belong together (a street, an area, a household), give --cluster: \
     otherwise the intervals are too narrow.",
);
pub(crate) const COUNTS_NOTE: Pair = Pair(
    "Dit zijn aantallen, geen rijen. De intervallen nemen aan dat mensen of panden los van elkaar staan. Aantallen zijn afgerond op {rounding}.",
    "These are counts, not rows. The intervals assume that people or buildings are independent. Counts are rounded to {rounding}.",
);
pub(crate) const COUNTS_EXACT: Pair = Pair(
    "Dit zijn aantallen, geen rijen. De intervallen nemen aan dat mensen of panden los van elkaar staan. De aantallen gelden als exact.",
    "These are counts, not rows. The intervals assume that people or buildings are independent. The counts are taken as exact.",
);

pub(crate) const FUNNEL_NOTE: Pair = Pair(
    "Elke stap laat een deel van de vorige door. De stapverhouding zegt hoeveel keer zo vaak een groep door deze stap komt als de vergelijkingsgroep \
     ({reference}). De routeverhouding telt alle stappen tot hier samen: zij is het product van de stappen. Zo is te zien wie het verschil toevoegt: de score, de mensen die \
     kiezen, of de uitkomst.",
    "Each step lets a part of the one before through. The step ratio says how many times as often a group passes this step as the reference group \
     ({reference}). The route ratio takes all steps so far together: it is the product of the steps. So one sees who adds the difference: the score, the people who \
     choose, or the outcome.",
);
pub(crate) const COUNTS: Pair = Pair("Aantallen per groep: {name}", "Counts by group: {name}");
pub(crate) const STAGE: Pair = Pair("Stap", "Stage");
pub(crate) const STEP: Pair = Pair("Stap “{step}”", "Step “{step}”");
pub(crate) const PASSES: Pair = Pair("Deel dat doorkomt", "Share that passes");
pub(crate) const STEP_RATIO: Pair = Pair("Stapverhouding", "Step ratio");
pub(crate) const ROUTE_RATIO: Pair = Pair("Routeverhouding", "Route ratio");
pub(crate) const REPRESENTATION: Pair = Pair("Aandeel t.o.v. begin", "Share v. start");
pub(crate) const ROUNDED: Pair = Pair("door afronding: {low} tot {high}", "by rounding: {low} to {high}");
pub(crate) const STEP_FIGURES: Pair = Pair("Wie komt door “{step}”", "Who passes “{step}”");
pub(crate) const P: Pair = Pair("Kans op toeval", "Chance of luck");
pub(crate) const JUDGED: Pair = Pair("Oordeel", "Finding");
pub(crate) const OVER: Pair = Pair("duidelijk vaker", "clearly more often");
pub(crate) const UNDER: Pair = Pair("duidelijk minder vaak", "clearly less often");
pub(crate) const NEITHER: Pair = Pair("niet duidelijk", "not clear");
pub(crate) const REFERENCE: Pair = Pair("vergelijkingsgroep", "reference group");
pub(crate) const STEP_DESC: Pair = Pair(
    "Puntengrafiek: per groep de stapverhouding met haar interval; de stippellijn bij 1 is de vergelijkingsgroep. De cijfers staan in de tabel.",
    "Dot chart: per group the step ratio with its interval; the dotted line at 1 is the reference group. The figures are in the table.",
);
pub(crate) const WARNING: Pair = Pair("Let op.", "Note.");

pub(crate) const NO_ROWS: Pair = Pair(
    "Uit aantallen alleen zijn deze maten niet te berekenen: daarvoor is per rij nodig of zij op de lijst stond en wat er gevonden is. De stappen hierboven zeggen wie vaker \
     doorkomt, niet of dat terecht is.",
    "These metrics cannot be computed from counts alone: they need, row by row, whether it was on the list and what was found. The steps above say who passes \
     more often, not whether that is right.",
);
pub(crate) const RATE_TABLE: Pair = Pair("{metric}: {name}", "{metric}: {name}");
pub(crate) const DIFFERENCE: Pair =
    Pair("Verschil met de vergelijkingsgroep", "Difference from the reference group");
pub(crate) const RATIO: Pair = Pair("Keer de vergelijkingsgroep", "Times the reference group");
pub(crate) const GAPS: Pair = Pair("Hoogste min laagste groep: {name}", "Highest minus lowest group: {name}");
pub(crate) const GAPS_NOTE: Pair = Pair(
    "Door toeval is er altijd een hoogste en een laagste groep. Begint het interval bij 0, dan kan er ook geen verschil zijn. Groepen met te weinig bekende uitkomsten tellen \
     hier wel mee. ‘Kan omslaan’ betekent: als de onbekende uitkomsten ongunstig uitvallen, is de laagste groep de hoogste.",
    "By chance there always is a highest and a lowest group. Where the interval starts at 0, there may be no difference. Groups with too few known outcomes do \
     count here. ‘Could turn around’ means: should the unknown outcomes fall badly, the lowest group is the highest.",
);
pub(crate) const BOUNDS: Pair = Pair(
    "Wat het nog kan worden als alle uitkomsten bekend zijn: {name}",
    "What it can still become once all outcomes are known: {name}",
);
pub(crate) const ALL_KNOWN: Pair = Pair(
    "Van alle rijen is de uitkomst bekend; er kan niets meer omslaan.",
    "The outcome of all rows is known; nothing can turn around.",
);
pub(crate) const KNOWN: Pair = Pair("Uitkomst bekend", "Outcome known");
pub(crate) const ALL_METRICS: Pair = Pair("Alle maten: {name}", "All metrics: {name}");
pub(crate) const WITHOUT_GROUP: Pair = Pair(
    "Van {n} rijen ontbreekt de groep. Zij staan in geen groep en ook niet bij ‘alle rijen’.",
    "{n} rows have no group. They are in no group, and not in ‘all rows’ either.",
);

pub(crate) const READING: Pair = Pair(
    "Elke maat beantwoordt een andere vraag. Zij kunnen niet allemaal tegelijk gelijk zijn zolang er in de ene groep vaker iets te vinden is dan in de andere \
     (Kleinberg e.a. 2016; Chouldechova 2017). Wie één maat gelijk maakt, maakt een andere ongelijk. Kies dus vooraf welke vraag telt, en zeg waarom.",
    "Each metric answers another question. They cannot all be equal at once while there is more to find in one group than in another \
     (Kleinberg et al. 2016; Chouldechova 2017). Whoever makes one equal makes another unequal. So choose beforehand which question counts, and say why.",
);
pub(crate) const QUESTIONS: Pair = Pair("Vragen en maten", "Questions and metrics");
pub(crate) const QUESTION: Pair = Pair("Vraag", "Question");
pub(crate) const METRIC: Pair = Pair("Maat", "Metric");
pub(crate) const CAVEAT: Pair = Pair("Waar het misgaat", "Where it goes wrong");
pub(crate) const METHOD: Pair = Pair(
    "Aandelen hebben een 95 %-interval (Wilson; exact bij weinig rijen). Verhoudingen hebben het interval van Katz, of van Koopman bij weinig treffers. Het verschil tussen de hoogste en \
     de laagste groep heeft een interval dat ook klopt als er geen verschil is. De kans op toeval komt uit het omwisselen van groepsnamen (Westfall en Young), gecorrigeerd voor het aantal groepen, \
     en bij aantallen ook voor het aantal stappen; zij vergelijkt een groep met de vergelijkingsgroep. Groepen onder de 10 staan er zonder cijfers bij (‘te weinig’).",
    "Shares have a 95 % interval (Wilson; exact for few rows). Ratios have the interval of Katz, or of Koopman for few hits. The difference between the highest and the \
     lowest group has an interval that also holds when there is none. The chance of luck comes from swapping group labels (Westfall and Young), corrected for the number of groups \
     and, with counts, of steps; it compares a group with the reference group. Groups below 10 are shown without figures (‘too few’).",
);
pub(crate) const LIMITS: Pair = Pair(
    "Deze controle kijkt naar een lijst of naar aantallen, niet naar het model of de werkwijze erachter. Zij zegt wat er met groepen gebeurt, niet waarom. Een verschil kan van de score komen, van de mensen die \
     kiezen, of van wie eerder gecontroleerd is. Wat nooit bezocht is, is onbekend.",
    "This audit looks at a list or at counts, not at the model or the working method behind them. It says what happens to groups, not why. A difference may come from the score, from the people who \
     choose, or from who was checked before. What was never visited is unknown.",
);
pub(crate) const AGAIN: Pair = Pair("Zo draait u het opnieuw", "How to run it again");

/// What a column is used for.
pub(crate) fn role(role: &str) -> Pair {
    match role {
        "outcome" => Pair("uitkomst", "outcome"),
        "score" => Pair("score", "score"),
        "on the list" => Pair("staat op de lijst", "on the list"),
        "cluster" => Pair("wat bij elkaar hoort", "what belongs together"),
        "weight" => Pair("waarvoor de rij staat", "what the row stands for"),
        "stages" => Pair("namen van de stappen", "names of the stages"),
        "stage" => Pair("stap", "stage"),
        "groups" => Pair("namen van de groepen", "names of the groups"),
        _ => Pair("groep", "group"),
    }
}

/// What is asked, by which metric, and where that goes wrong.
pub(crate) const ANSWERS: [(Pair, Pair, Pair); 5] = [
    (
        Pair("Wie krijgt bezoek?", "Who is visited?"),
        Pair("Deel op de lijst (selectie)", "Share on the list (selection rate)"),
        Pair(
            "Zegt niets over of een bezoek terecht was. Gelijk maken schuurt als er echt verschil in vondsten is.",
            "Says nothing about whether a visit was right. Making it equal hurts where finds truly differ.",
        ),
    ),
    (
        Pair("Is een bezoek in elke groep even vaak raak?", "Does a visit hit as often in each group?"),
        Pair("Raak, van de lijst (precisie)", "Hits on the list (precision)"),
        Pair(
            "Is niet het deel in de hele groep: alleen wie op de lijst stond telt. Een lage precisie wijst op een lagere drempel voor die groep, maar alleen aan de grens van de lijst.",
            "Is not the rate in the whole group: only those on the list count. A low precision points at a lower bar for that group, but only at the edge of the list.",
        ),
    ),
    (
        Pair("Wie krijgt voor niets bezoek?", "Who is visited in vain?"),
        Pair("Vals alarm (FPR)", "False positive rate"),
        Pair(
            "Vraagt uitkomsten van wie níet op de lijst stond. Zonder loting zijn die er vaak niet.",
            "Needs outcomes of those who were not on the list. Without a random sample there often are none.",
        ),
    ),
    (
        Pair("Wie wordt gemist?", "Who is missed?"),
        Pair("Deel van de vondsten op de lijst (recall)", "Share of finds on the list (recall)"),
        Pair(
            "Wie nooit bezocht wordt, heeft geen gemiste vondsten: de recall lijkt dan te hoog.",
            "Who is never visited has no missed finds: recall then looks too high.",
        ),
    ),
    (
        Pair("Is er in de ene groep echt meer te vinden?", "Is there truly more to find in one group?"),
        Pair("Raak, van alle bekende uitkomsten", "Hits among all known outcomes (base rate)"),
        Pair(
            "Alleen een steekproef door loting beantwoordt dit. Uitkomsten van een lijst volgen de lijst.",
            "Only a random sample answers this. Outcomes of a list follow the list.",
        ),
    ),
];

/// Names of all rates.
pub(crate) const fn rate(metric: GroupMetric) -> Pair {
    match metric {
        GroupMetric::Prevalence => Pair("Raak, van alle bekende uitkomsten", "Hits among all known outcomes"),
        GroupMetric::TruePositiveRate => {
            Pair("Deel van de vondsten op de lijst (recall)", "Share of finds on the list (recall)")
        }
        GroupMetric::FalseNegativeRate => Pair("Gemist deel van de vondsten", "False negative rate"),
        GroupMetric::FalsePositiveRate => Pair("Vals alarm (FPR)", "False positive rate"),
        GroupMetric::TrueNegativeRate => Pair("Terecht met rust gelaten", "True negative rate"),
        GroupMetric::Precision => Pair("Raak, van de lijst (precisie)", "Hits on the list (precision)"),
        GroupMetric::FalseDiscoveryRate => Pair("Mis, van de lijst (FDR)", "False discovery rate"),
        GroupMetric::NegativePredictiveValue => {
            Pair("Niets, van wie er niet op staat", "Negative predictive value")
        }
        GroupMetric::FalseOmissionRate => Pair("Raak, van wie er niet op staat", "False omission rate"),
        GroupMetric::Accuracy => Pair("Goed ingedeeld", "Accuracy"),
        GroupMetric::ErrorRate => Pair("Fout ingedeeld", "Error rate"),
        GroupMetric::SelectionRate => Pair("Deel op de lijst", "Share on the list"),
        GroupMetric::FruitlessShare => {
            Pair("Vergeefs bezoek, van alle rijen", "Fruitless visits among all rows")
        }
    }
}
