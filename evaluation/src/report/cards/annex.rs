//! Technical documentation of a high-risk AI system: Annex IV of Regulation (EU) 2024/1689, by the URNs of the task registry of the
//! Dutch ministry of the interior.

use crate::report::cards::known::{
    alternatives, backends, both, choice, design, figures, fixed, groups, join, limits, minimisation, output,
    oversight, purpose, quality, replay, rule, sources, test, unknown, verdict, version,
};
use crate::report::cards::{Answer, Card, text};
use crate::report::facts::Report;
use crate::report::lang::Pair;

pub(super) fn card(report: &Report) -> Card {
    let mut answers = general(report);
    answers.extend(development(report));
    answers.extend(after(report));
    Card {
        file: "annex-iv",
        title: text(Pair(
            "Technische documentatie (AI-verordening, bijlage IV)",
            "Technical documentation (AI Act, Annex IV)",
        )),
        about: text(Pair(
            "Bijlage IV zegt wat de technische documentatie van een AI-systeem met een hoog risico moet bevatten. Of dit systeem daaronder valt, beslist de \
             organisatie. Ingevuld is wat uit de berekening zelf volgt.",
            "Annex IV says what the technical documentation of a high-risk AI system must hold. Whether this system is one, the organisation \
             decides. Filled in is what follows from the computation itself.",
        )),
        answers,
    }
}

fn general(report: &Report) -> Vec<Answer> {
    vec![
        Answer::new("urn:nl:aivt:tr:td:1.0:1.a.1", Pair("Beoogd doel", "Intended purpose")).known(purpose(report)),
        Answer::new("urn:nl:aivt:tr:td:1.0:1.a.2", Pair("Naam van de aanbieder", "Name of the provider"))
            .write(Pair("de naam van de aanbieder.", "the name of the provider.")),
        Answer::new("urn:nl:aivt:tr:td:1.0:1.a.3", Pair("Versie, en verband met eerdere versies", "Version, and its relation to earlier ones"))
            .known(version(report))
            .write(Pair("welke uitgave hiervoor in gebruik was en wat er veranderde.", "which release was in use before and what changed.")),
        Answer::new("urn:nl:aivt:tr:td:1.0:1.b", Pair("Samenspel met andere systemen", "Interaction with other systems"))
            .known(fixed(Pair(
                "Het programma `serve` geeft de scores over HTTP door aan kaartportalen (OGC API Features en Tiles) en rekenprogramma's (Open Inference Protocol).",
                "The program `serve` hands the scores over HTTP to map portals (OGC API Features and Tiles) and programs (Open Inference Protocol).",
            )))
            .write(Pair("welke systemen van de organisatie de scores lezen.", "which systems of the organisation read the scores.")),
        Answer::new("urn:nl:aivt:tr:td:1.0:1.c", Pair("Versies van software", "Versions of software"))
            .known(join(&[both(|_| format!("{}.", report.software)), backends(report)])),
        Answer::new("urn:nl:aivt:tr:td:1.0:1.d", Pair("Vorm waarin het in gebruik komt", "Form in which it is put into use"))
            .known(fixed(Pair(
                "Een map met bestanden (de bundel) en een programma dat die map leest. Niets wordt opgehaald of verstuurd buiten de eigen computer.",
                "A folder of files (the bundle) and a program that reads it. Nothing is fetched from or sent outside the computer itself.",
            ))),
        Answer::new("urn:nl:aivt:tr:td:1.0:1.e", Pair("Hardware", "Hardware")).write(Pair(
            "op welke computers het draait. Een gewone computer zonder grafische kaart is genoeg.",
            "on which computers it runs. An ordinary computer without a graphics card will do.",
        )),
        Answer::new("urn:nl:aivt:tr:td:1.0:1.f", Pair("Onderdeel van een product", "Part of a product"))
            .known(fixed(Pair("Niet van toepassing: het is geen onderdeel van een product.", "Does not apply: it is no part of a product."))),
        Answer::new("urn:nl:aivt:tr:td:1.0:1.h", Pair("Gebruiksaanwijzing en scherm", "Instructions and interface"))
            .known(oversight())
            .write(Pair("de werkinstructie voor wie de lijst gebruikt.", "the work instruction for those who use the list.")),
    ]
}

fn development(report: &Report) -> Vec<Answer> {
    vec![
        Answer::new("urn:nl:aivt:tr:td:1.0:2.a", Pair("Hoe het is ontwikkeld", "How it was developed"))
            .known(join(&[test(report), design(report)])),
        Answer::new("urn:nl:aivt:tr:td:1.0:2.b.1", Pair("Ontwerp en belangrijkste keuzen", "Design and main choices"))
            .known(join(&[design(report), minimisation(report), limits(report)]))
            .write(Pair("waarom deze keuzen passen bij wie het gebruikt.", "why these choices suit those who use it.")),
        Answer::new("urn:nl:aivt:tr:td:1.0:2.b.2", Pair("Belangrijkste classificatiekeuzen", "Main choices of classification"))
            .known(join(&[choice(report), alternatives(report)])),
        Answer::new("urn:nl:aivt:tr:td:1.0:2.b.3", Pair("Waarop het gericht is", "What it is optimised for")).known(rule(report)),
        Answer::new("urn:nl:aivt:tr:td:1.0:2.b.4", Pair("Wat eruit komt, en hoe goed", "Output and its quality"))
            .known(join(&[output(report), figures(report)])),
        Answer::new("urn:nl:aivt:tr:td:1.0:2.c.1", Pair("Opbouw van het systeem", "Architecture")).known(fixed(Pair(
            "`train` leest de bronnen, berekent kenmerken, maakt en toetst de modellen en schrijft een bundel. `serve` leest alleen de bundel. Het model zelf is één leesbaar bestand (model.json).",
            "`train` reads the sources, computes features, fits and tests the models and writes a bundle. `serve` reads nothing but the bundle. The model itself is one readable file (model.json).",
        ))),
        Answer::new("urn:nl:aivt:tr:td:1.0:2.c.2", Pair("Rekenmiddelen", "Computing resources"))
            .write(Pair("op welke computer de studie is gedraaid.", "on which computer the study was run.")),
        Answer::new("urn:nl:aivt:tr:td:1.0:2.d", Pair("Herkomst en eigenschappen van de gegevens", "Origin and properties of the data"))
            .known(join(&[sources(report), quality(report), unknown(report)]))
            .write(Pair("hoe de bronnen tot stand kwamen en wie ze beheert.", "how the sources came about and who keeps them.")),
        Answer::new("urn:nl:aivt:tr:td:1.0:2.e", Pair("Menselijk toezicht", "Human oversight"))
            .known(join(&[oversight(), design(report)]))
            .write(Pair("wie toezicht houdt en wie mag stoppen.", "who oversees it and who may stop it.")),
        Answer::new("urn:nl:aivt:tr:td:1.0:2.f", Pair("Vooraf bepaalde wijzigingen", "Changes foreseen beforehand")).known(fixed(Pair(
            "Het model leert niet bij tijdens het gebruik. Een nieuwe uitgave is een nieuwe bundel, getoetst met een regel die vooraf vaststaat.",
            "The model does not learn while it is in use. A new release is a new bundle, tested by a rule that is fixed beforehand.",
        ))),
        Answer::new("urn:nl:aivt:tr:td:1.0:2.g.1", Pair("Hoe het is gevalideerd en getoetst", "How it was validated and tested"))
            .known(test(report)),
        Answer::new("urn:nl:aivt:tr:td:1.0:2.g.2", Pair("Maten voor nauwkeurigheid en onderscheid", "Metrics of accuracy and of discrimination"))
            .known(join(&[figures(report), groups(report)])),
        Answer::new("urn:nl:aivt:tr:td:1.0:2.h", Pair("Beveiliging", "Security"))
            .known(fixed(Pair(
                "`serve` weigert een bundel waarvan een vingerafdruk niet klopt, kent sleutels en toegangsniveaus, en houdt een ondertekend logboek bij.",
                "`serve` refuses a bundle of which a fingerprint is wrong, knows keys and tiers of access, and keeps a signed log.",
            )))
            .write(Pair("de maatregelen van de organisatie zelf.", "the organisation's own measures.")),
    ]
}

fn after(report: &Report) -> Vec<Answer> {
    vec![
        Answer::new(
            "urn:nl:aivt:tr:td:1.0:3",
            Pair("Werking, grenzen en toezicht per groep", "Working, limits and control by group"),
        )
        .known(join(&[groups(report), limits(report)]))
        .write(Pair(
            "welke ongewenste gevolgen zijn voorzien en wat daartegen is gedaan.",
            "which unwanted effects were foreseen and what was done about them.",
        )),
        Answer::new("urn:nl:aivt:tr:td:1.0:4", Pair("Waarom deze maten passen", "Why these metrics suit"))
            .known(join(&[rule(report), unknown(report)]))
            .write(Pair(
                "waarom deze maat het doel het beste weergeeft.",
                "why this metric expresses the purpose best.",
            )),
        Answer::new("urn:nl:aivt:tr:td:1.0:5", Pair("Risicobeheer", "Risk management"))
            .known(limits(report))
            .write(Pair(
                "het systeem van risicobeheer van de organisatie.",
                "the organisation's system of risk management.",
            )),
        Answer::new(
            "urn:nl:aivt:tr:td:1.0:6",
            Pair("Wijzigingen tijdens de levensduur", "Changes over its life"),
        )
        .known(join(&[version(report), replay(report)]))
        .write(Pair("de wijzigingen sinds de vorige uitgave.", "the changes since the last release.")),
        Answer::new("urn:nl:aivt:tr:td:1.0:7", Pair("Toegepaste normen", "Standards applied")).write(Pair(
            "welke geharmoniseerde normen zijn toegepast.",
            "which harmonised standards were applied.",
        )),
        Answer::new(
            "urn:nl:aivt:tr:td:1.0:8",
            Pair("EU-conformiteitsverklaring", "EU declaration of conformity"),
        )
        .write(Pair("een afschrift van de verklaring.", "a copy of the declaration.")),
        Answer::new(
            "urn:nl:aivt:tr:td:1.0:9",
            Pair("Plan voor monitoring na ingebruikname", "Plan for monitoring once in use"),
        )
        .known(verdict(report))
        .write(Pair(
            "het plan: wie kijkt wanneer naar welke cijfers, en wanneer wordt er gestopt.",
            "the plan: who looks when at which figures, and when use is stopped.",
        )),
    ]
}
