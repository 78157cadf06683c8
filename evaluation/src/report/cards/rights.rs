//! The impact assessment on human rights and algorithms (IAMA 2.0): the answers that facts can give.
//!
//! The answer file takes only numbers as keys, so the questions of part 2.2B (`2.2B.1` to `2.2B.4`) have no place in it; their answers
//! stand on the page and, in the file, in the explanation of the kind of algorithm (2.1.1.2).

use serde_json::{Map, Value, json};

use crate::report::cards::known::{
    alternatives, design, figures, fixed, frequency, groups, join, limits, minimisation, output, oversight,
    purpose, quality, replay, rule, selection, sources, test, unknown, verdict,
};
use crate::report::cards::{Answer, Card, text};
use crate::report::facts::Report;
use crate::report::lang::Pair;

/// Identifier of the format of the answers.
const SCHEMA: &str =
    "https://github.com/MinBZK/par-dpia-form/blob/main/schemas/assessment-output.v2.schema.json";
/// The question whose answer holds those of part 2.2B too.
const KIND: &str = "2.1.1.2";

pub(super) fn card(report: &Report) -> Card {
    let answers = [why(report), what(report), how(report), rights(report)].concat();
    Card {
        file: "iama",
        title: text(Pair("Mensenrechten en algoritmes (IAMA 2.0)", "Human rights and algorithms (IAMA 2.0)")),
        about: text(Pair(
            "Het IAMA is een gesprek tussen mensen. Hier staan alleen de vragen waarbij de berekening feiten kan leveren; de andere vragen van het IAMA \
             staan hier niet en moeten ook beantwoord worden.",
            "The IAMA is a conversation between people. Here stand only the questions to which the computation can bring facts; the other questions of \
             the IAMA are not here and must be answered too.",
        )),
        answers,
    }
}

fn why(report: &Report) -> Vec<Answer> {
    vec![
        Answer::new("1.1.2", Pair("Doel", "Purpose"))
            .known(purpose(report))
            .write(Pair("hoofddoel en subdoelen van de organisatie.", "the organisation's main and lesser aims.")),
        Answer::new("1.4.3", Pair("Hoe er weer mee te stoppen is", "How to stop using it"))
            .known(fixed(Pair(
                "`serve` kan een uitgave intrekken of alles stilzetten; zonder scores gaat het werk door zoals het was.",
                "`serve` can withdraw a release or stop altogether; without scores the work goes on as it was.",
            )))
            .write(Pair("wie dat beslist, en wat er dan in de plaats komt.", "who decides so, and what comes in its place.")),
    ]
}

fn what(report: &Report) -> Vec<Answer> {
    vec![
        Answer::new("2.1.1.1", Pair("Zelflerend of niet", "Self-learning or not")).known(text(Pair("zelflerend", "self-learning"))),
        Answer::new(KIND, Pair("Soort algoritme", "Kind of algorithm")).known(join(&[design(report), fixed(Pair(
            "Het leert van eerdere uitkomsten bij het maken, en daarna niet meer.",
            "It learns from past outcomes when it is made, and not after that.",
        ))])),
        Answer::new("2.1.2", Pair("Welke alternatieven zijn er", "Which alternatives there are")).known(join(&[alternatives(report), verdict(report)])),
        Answer::new("2.2B.1", Pair("Bronnen om te leren en te toetsen", "Sources for training and testing")).known(join(&[sources(report), test(report)])),
        Answer::new("2.2B.2", Pair("Kwaliteit van die gegevens", "Quality of these data"))
            .known(join(&[quality(report), unknown(report)]))
            .write(Pair("of dat voor dit gebruik genoeg is.", "whether that is enough for this use.")),
        Answer::new("2.2B.3", Pair("Zijn de gegevens representatief", "Are the data representative"))
            .known(join(&[unknown(report), groups(report)]))
            .write(Pair("hoe de plaats en de tijd van gebruik daarvan verschillen.", "how place and time of use differ from them.")),
        Answer::new("2.2B.4", Pair("Dataminimalisatie", "Data minimisation")).known(minimisation(report)),
        Answer::new("2.3.1", Pair("Gegevens bij het gebruik", "Data in use")).known(join(&[minimisation(report), sources(report)])),
        Answer::new("2.3.2", Pair("Kwaliteit van die gegevens", "Quality of these data"))
            .known(quality(report))
            .write(Pair("of dat voor dit gebruik genoeg is.", "whether that is enough for this use.")),
        Answer::new("2.3.3", Pair("Aannames en vertekening in de gegevens", "Assumptions and bias in the data"))
            .known(join(&[limits(report), unknown(report)]))
            .write(Pair("wat de organisatie zelf weet over hoe er gekeken en geregistreerd is.", "what the organisation knows of how people looked and registered.")),
        Answer::new("2.4.1", Pair("Hoe de kwaliteit bepaald is", "How quality was determined")).known(join(&[rule(report), figures(report)])),
        Answer::new("2.4.2", Pair("Wanneer is het goed genoeg", "When it is good enough")).known(join(&[rule(report), verdict(report)])),
        Answer::new("2.4.3", Pair("Gevolgen van fouten", "Consequences of errors"))
            .known(join(&[figures(report), oversight()]))
            .write(Pair("wat een vergeefs bezoek en een gemiste vondst voor mensen betekenen.", "what a fruitless visit and a missed find mean to people.")),
        Answer::new("2.5.2", Pair("Beveiliging van in- en uitvoer", "Security of input and output"))
            .known(fixed(Pair(
                "De bundel bevat geen adressen en geen rijen van de bronnen; scores onder het kleinste gepubliceerde gebied bestaan er niet in. `serve` geeft per toegangsniveau niet meer dan mag.",
                "The bundle holds no addresses and no rows of the sources; scores below the smallest published area do not exist in it. `serve` gives each tier of access no more than it may have.",
            )))
            .write(Pair("hoe de bronnen zelf beveiligd zijn.", "how the sources themselves are secured.")),
        Answer::new("2.5.3", Pair("Controle op toegang", "Control of access"))
            .known(fixed(Pair("`serve` kent sleutels, toegangsniveaus en een ondertekend logboek.", "`serve` knows keys, tiers of access and a signed log.")))
            .write(Pair("wie welke toegang heeft.", "who has which access.")),
    ]
}

fn how(report: &Report) -> Vec<Answer> {
    vec![
        Answer::new("3.1.1", Pair("Het proces eromheen", "The process around it"))
            .known(join(&[output(report), oversight()]))
            .write(Pair("wat er na de lijst gebeurt.", "what happens after the list.")),
        Answer::new("3.1.3", Pair("Hoe vaak", "How often")).known(frequency(report)),
        Answer::new("3.1.4", Pair("Waar", "Where"))
            .known(output(report))
            .write(Pair("in welk gebied het gebruikt wordt.", "in which area it is used.")),
        Answer::new("3.2.2", Pair("Mag een medewerker afwijken", "May staff deviate"))
            .known(oversight())
            .write(Pair("hoe afwijken wordt vastgelegd.", "how deviations are recorded.")),
        Answer::new("3.3.4", Pair("Hoe uitlegbaar is het", "How explainable it is"))
            .known(join(&[design(report), output(report)])),
        Answer::new("3.4.1", Pair("Monitoring", "Monitoring")).known(replay(report)).write(Pair(
            "wie de cijfers volgt, hoe vaak, en wanneer wordt bijgestuurd.",
            "who follows the figures, how often, and when things are corrected.",
        )),
        Answer::new("3.4.5", Pair("Wanneer is het een succes", "When it is a success"))
            .known(join(&[rule(report), verdict(report)])),
        Answer::new("3.5.2", Pair("Nadelige gevolgen voor groepen", "Adverse effects on groups"))
            .known(join(&[selection(report), groups(report)]))
            .write(Pair(
                "welke groepen het betreft en wat zij ervan merken.",
                "which groups it concerns and what they notice of it.",
            )),
    ]
}

fn rights(report: &Report) -> Vec<Answer> {
    vec![
        Answer::new("4.2.2", Pair("Persoonsgegevens en DPIA", "Personal data and DPIA"))
            .known(minimisation(report))
            .write(Pair(
                "of een DPIA verplicht is en wat eruit kwam.",
                "whether a DPIA is required and what came of it.",
            )),
        Answer::new("4.2.3", Pair("Onderscheid, direct of indirect", "Distinction, direct or indirect"))
            .known(join(&[minimisation(report), selection(report), groups(report)]))
            .write(Pair("de juridische weging.", "the legal assessment.")),
        Answer::new("4.4.1", Pair("Wordt het doel bereikt", "Is the purpose served"))
            .known(join(&[verdict(report), figures(report)])),
        Answer::new("4.5.1", Pair("Kan het zonder dit algoritme", "Could it be done without"))
            .known(join(&[alternatives(report), verdict(report)])),
    ]
}

/// The answers in the format of the ministry's form. The moment is the day up to which the data run: a report knows no other clock.
pub(super) fn json(report: &Report) -> Value {
    let moment = format!("{}T00:00:00Z", report.study.data_until);
    let card = card(report);
    let mut answers = Map::new();
    let lettered: Vec<String> =
        card.answers.iter().filter(|a| a.key.contains('B')).map(Answer::dutch).collect();
    for answer in card.answers.iter().filter(|a| !a.key.contains('B')) {
        let mut value = answer.dutch();
        if answer.key == KIND {
            value = format!("{value} Bij 2.2B.1 tot en met 2.2B.4: {}", lettered.join(" "));
        }
        answers.insert(answer.key.to_owned(), json!({ "value": value, "lastEditedAt": moment }));
    }
    json!({
        "$schema": SCHEMA,
        "metadata": { "urn": "urn:nl:iama:2.0", "createdAt": moment },
        "answers": answers,
    })
}
