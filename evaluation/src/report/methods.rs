//! The methods of intervals, in words.

use crate::estimate::method;
use crate::report::lang::Pair;

/// Method, name, what it is for.
pub(crate) const WORDS: [(&str, Pair, Pair); 11] = [
    (
        method::WILSON,
        Pair("Wilson", "Wilson"),
        Pair("Aandelen met genoeg waarnemingen.", "Shares with enough observations."),
    ),
    (
        method::CLOPPER_PEARSON,
        Pair("Clopper-Pearson", "Clopper-Pearson"),
        Pair(
            "Aandelen met minder dan 40 waarnemingen of minder dan 5 treffers (exact, aan de ruime kant).",
            "Shares with fewer than 40 observations or 5 hits (exact, on the wide side).",
        ),
    ),
    (
        method::GARWOOD,
        Pair("Garwood", "Garwood"),
        Pair(
            "Aantallen en aantallen per 1.000 (exact, Poisson).",
            "Counts and counts per 1,000 (exact, Poisson).",
        ),
    ),
    (
        method::DELONG,
        Pair("DeLong per gebied", "DeLong per area"),
        Pair(
            "AUC; rijen van één gebied tellen samen, omdat ze op elkaar lijken.",
            "AUC; rows of one area count together, since they are alike.",
        ),
    ),
    (
        method::CLUSTER_BOOTSTRAP,
        Pair("Bootstrap van gebieden", "Bootstrap of areas"),
        Pair(
            "Alle andere maten en alle verschillen: gebieden worden steeds opnieuw met teruglegging getrokken; de lijst wordt daaruit opnieuw van boven af gevuld, tot dezelfde lengte. Het interval loopt van 2,5 % tot 97,5 % van de uitkomsten.",
            "All other metrics and all differences: areas are drawn again and again with replacement; the list is filled from them anew, from the top, to the same length. The interval runs from 2.5 % to 97.5 % of the results.",
        ),
    ),
    (
        method::WILSON_CLUSTERED,
        Pair("Wilson, gebieden", "Wilson, areas"),
        Pair(
            "Aandelen per groep. Rijen van één gebied lijken op elkaar; daarom telt het aantal rijen waarvoor zij samen staan.",
            "Shares by group. Rows of one area are alike; so what counts is the number of independent rows that they stand for.",
        ),
    ),
    (
        method::KORN_GRAUBARD,
        Pair("Korn-Graubard", "Korn-Graubard"),
        Pair(
            "Hetzelfde bij weinig rijen of weinig treffers (exact, aan de ruime kant).",
            "The same for few rows or few hits (exact, on the wide side).",
        ),
    ),
    (
        method::GAP_INVERSION,
        Pair("Omgekeerde toets", "Inverted test"),
        Pair(
            "Verschil tussen de hoogste en de laagste groep. Door toeval is er altijd wel een hoogste en een laagste. Het interval bevat elk echt verschil waarbij deze uitkomst goed kan voorkomen; begint het bij 0, dan kan er ook geen verschil zijn.",
            "Difference between the highest and the lowest group. By chance there always is a highest and a lowest. The interval holds every true difference with which this result could well occur; where it starts at 0, there may be no difference.",
        ),
    ),
    (
        method::COVARIANCE,
        Pair("Covariantie van het model", "Covariance of the model"),
        Pair("Bijdragen van het model.", "Contributions of the model."),
    ),
    (
        method::BAGS,
        Pair("Spreiding over trekkingen", "Spread over samples"),
        Pair(
            "Bijdragen van een boostingmodel: hetzelfde model, telkens gemaakt op een ander deel van de rijen.",
            "Contributions of a boosting machine: the same model, fitted each time on another part of the rows.",
        ),
    ),
    (
        method::SCORE_INTERVAL,
        Pair("Marge van de score (90 %)", "Interval of the score (90 %)"),
        Pair(
            "Verwachte aantallen en plaatsen van gebieden. Hier is n het aantal eenheden in het gebied.",
            "Expected numbers and ranks of areas. Here n is the number of units in the area.",
        ),
    ),
];
