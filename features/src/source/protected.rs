//! Columns about people, refused as model inputs.
//!
//! The list is in the code so that the report can print it and a change of it shows in the history. A column is
//! matched by its words: a name falls apart at everything that is not a letter or digit and at a change from lower
//! to upper case, and an entry matches when its words follow each other in the name. An entry that ends in `*`
//! matches the beginning of a word.

use serde::Serialize;

/// A kind of personal characteristic.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ProtectedKind {
    /// Stable id.
    pub id: &'static str,
    /// Dutch name.
    pub nl: &'static str,
    /// English name.
    pub en: &'static str,
    /// Words and beginnings of words (with `*`) that give such a column away; CBS column names among them.
    pub words: &'static [&'static str],
}

/// Names that look like a person's characteristic and are about a building or an area.
#[rustfmt::skip]
const INNOCENT: &[&str] = &[
    "leeftijd pand", "leeftijd gebouw", "leeftijd woning", "pand leeftijd", "gebouw leeftijd",
    "woning leeftijd", "building age", "age building", "property age", "house age", "dwelling age",
    "age of building", "sex offence*", "age at inspection", "pand man*", "religieus gebouw", "kerk gebouw",
    "gezondheidszorgfunctie", "gezondheidszorg functie",
];

/// The protected kinds, with the words that give them away.
#[rustfmt::skip]
pub const PROTECTED: &[ProtectedKind] = &[
    ProtectedKind {
        id: "origin",
        nl: "herkomst, nationaliteit of migratieachtergrond",
        en: "origin, nationality or migration background",
        words: &[
            "herkomst*", "migratie*", "migrant*", "immigra*", "allochto*", "autochto*", "nationalit*",
            "etni*", "ethni*", "afkomst*", "geboorteland*", "land van herkomst", "country of birth",
            "birth country", "origin", "origins", "race", "racial", "ras", "skin*", "huidskleur*",
            "westers*", "nietwesters*", "western*", "nonwestern*", "foreign born", "buitenlander*",
            "vreemdeling*", "asiel*", "asylum*", "vluchteling*", "refugee*", "statushouder*",
            "verblijfsstatus", "marok*", "turk*", "surina*", "antil*", "polen", "pools", "poolse", "syri*",
            "p n w al", "p w al", "p west al", "p nw al", "p ant aru", "p over nw", "a nl all", "a eur al",
            "a neu al", "a w all", "a nw all", "p w all", "p nw all", "a antaru", "p antaru", "a suri",
            "p suri", "a tur", "p tur", "a ov nw", "p ov nw", "a west al", "p geb nl", "p geb eu",
            "p geb ne", "a geb nl", "a geb eu", "a geb ne", "a gbl eu", "a gbl ne", "p gbl*", "geb buiten*",
            "geb nl", "geboren buiten*", "geboren in*", "born abroad", "born outside*", "generatie migr*",
            "naam herkomst", "taal", "moedertaal", "mother tongue", "language*", "african*", "hispanic*",
            "caucasian*", "hindoestan*", "roma", "sinti",
        ],
    },
    ProtectedKind {
        id: "religion",
        nl: "godsdienst of levensovertuiging",
        en: "religion or belief",
        words: &[
            "religi*", "godsdienst*", "geloof*", "levensovertuiging*", "moslim*", "muslim*", "islam*",
            "christ*", "katholiek*", "catholic*", "protestant*", "joods*", "jewish*", "hindoe", "hindoes",
            "hindu*", "kerkelijk*",
        ],
    },
    ProtectedKind {
        id: "sex",
        nl: "geslacht, gender of seksuele gerichtheid",
        en: "sex, gender or sexual orientation",
        words: &[
            "geslacht*", "gender*", "sex", "sexe", "male", "males", "female", "females", "mannen",
            "vrouwen", "man", "vrouw", "woman", "women", "men", "seksue*", "sexual*", "lhbt*", "lgbt*",
            "a man", "a vrouw", "aant man", "aant vrouw", "p man", "p vrouw",
        ],
    },
    ProtectedKind {
        id: "age",
        nl: "leeftijd van personen",
        en: "age of persons",
        words: &[
            "leeftijd*", "age", "ages", "pop age", "geboortedatum*", "geboortejaar*", "birthdate*",
            "date of birth", "birth year", "dob", "jongeren", "ouderen", "senioren", "kinderen", "kind",
            "jeugd*", "youth*", "elderly", "minderjarig*", "65plus", "65 plus", "inw 0 15", "inw 15 25",
            "inw 25 45", "inw 45 65", "inw 65*", "a 00 14", "a 15 24", "a 25 44", "a 45 64", "a 65 oo",
            "p 00 14", "p 15 24", "p 25 44", "p 45 64", "p 65 oo", "p 65 eo", "00 14", "15 24", "25 44",
            "45 64", "0tot15*", "15tot25*", "25tot45*", "45tot65*", "65jaar*", "k 0tot15*", "a geb",
            "p geb", "a ste", "p ste",
        ],
    },
    ProtectedKind {
        id: "household",
        nl: "soort huishouden of burgerlijke staat",
        en: "kind of household or marital status",
        words: &[
            "huishoudtype*", "huishoudenstype*", "soort huishouden", "type huishouden", "huishouden type",
            "household type", "gezinssamenstelling*", "huishoudsamenstelling*", "burgerlijke staat",
            "marital*", "marriage*", "gehuwd*", "ongehuwd*", "gescheiden", "verweduwd*", "weduw*",
            "alleenstaand*", "eenoudergezin*", "eenouder*", "single parent*", "a 1p hh", "p 1p hh",
            "p eenp hh", "eenpersoons*", "hh z k", "hh m k", "p hh z k", "p hh m k", "a hh z k", "a hh m k",
            "hh met kinderen", "hh zonder kinderen", "a ongeh", "a gesch", "a verwed", "p ongeh*",
            "p gesch*", "p verwed*", "relationship*",
        ],
    },
    ProtectedKind {
        id: "benefit",
        nl: "uitkering, armoede of inkomen van personen",
        en: "benefits, poverty or income of persons",
        words: &[
            "uitkering*", "bijstand*", "sociaal minimum", "soc min", "soc minimum", "social min*",
            "social assistance", "welfare", "benefit", "benefits", "armoede*", "poverty*", "laag inkomen",
            "low income", "lowest 40pct*", "werkloos*", "werkloze*", "unemploy*", "schuld", "schulden",
            "schuldhulp*", "debt", "debts", "toeslag", "toeslagen", "wajong*", "wia", "aow", "a soz*",
            "p soz*", "soz wb", "soz ao", "soz ww", "soz ow", "p hh osm", "p hh lkk", "p hh li", "p hh hi",
            "p hh 110", "p hh 120", "p ink li", "p ink hi", "p ink ar", "p ink ba", "p n act", "ww uit tot",
            "ao uit tot", "p socminh", "p laaginkp", "p hooginkp", "g ink pi", "g ink po", "a inkont",
            "ink inw*", "ink inwoner*", "inkomen*", "inkomens*", "income*", "g hh sti", "m hh ver",
            "vermogen huishouden*",
        ],
    },
    ProtectedKind {
        id: "health",
        nl: "gezondheid, zorg of beperking",
        en: "health, care or disability",
        words: &[
            "gezondheid", "gezond", "ervaren gezondheid", "goed ervaren*", "health*", "ziekte*", "zieken",
            "disease*", "illness*", "handicap*", "disabilit*", "disabled", "gehandicapt*", "beperking",
            "beperkingen", "arbeidsongeschikt*", "verslaafd*", "verslaving*", "addict*", "psychi*", "ggz",
            "wmo*", "p wmo t", "a wmo t", "jeugdzorg*", "p jz tn", "a jz tn", "wlz*", "zwanger*",
            "pregnan*", "medicijn*", "zorgkosten*", "mental*",
        ],
    },
    ProtectedKind {
        id: "person",
        nl: "gegevens die een persoon aanwijzen",
        en: "data that point to a person",
        words: &[
            "bsn", "burgerservicenummer*", "voornaam*", "achternaam*", "familienaam*", "geboortenaam*",
            "surname*", "first name", "last name", "eigenaar naam", "naam eigenaar", "bewoner*",
            "huurder naam", "naam bewoner", "kenteken*", "telefoon*", "phone*", "email*", "e mail", "iban",
        ],
    },
    ProtectedKind {
        id: "crime",
        nl: "strafrechtelijke gegevens van personen",
        en: "criminal records of persons",
        words: &[
            "strafblad*", "antecedent*", "veroordeel*", "verdachte*", "criminal record*", "prior convict*",
            "priors count",
        ],
    },
    ProtectedKind {
        id: "conviction",
        nl: "politieke gezindheid of lidmaatschap van een vakbond",
        en: "political opinion or trade union membership",
        words: &["politiek*", "political*", "stemgedrag*", "vakbond*", "trade union*", "partijlid*"],
    },
    ProtectedKind {
        id: "education",
        nl: "opleiding van personen",
        en: "education of persons",
        words: &[
            "opleiding", "opleidingsniveau*", "laagopgeleid*", "hoogopgeleid*", "education*", "a opl*",
            "p opl*", "ongeletterd*", "laaggeletterd*", "higher education*",
        ],
    },
];

/// The protected kind that a column name points to; `None` when it may be a model input.
#[must_use]
pub fn refused(column: &str) -> Option<&'static ProtectedKind> {
    let words = words(column);
    if INNOCENT.iter().any(|entry| matches(&words, entry)) {
        return None;
    }
    PROTECTED.iter().find(|kind| kind.words.iter().any(|entry| matches(&words, entry)))
}

/// Lower case words of a column name.
fn words(column: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_lower = false;
    for c in column.chars() {
        let new_word = !c.is_alphanumeric() || (before_lower && c.is_uppercase());
        if new_word && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before_lower = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether the entry's words follow each other somewhere in the name.
fn matches(words: &[String], entry: &str) -> bool {
    let entry: Vec<&str> = entry.split(' ').collect();
    words.windows(entry.len()).any(|part| {
        part.iter().zip(&entry).all(|(word, wanted)| match wanted.strip_suffix('*') {
            Some(beginning) => word.starts_with(beginning),
            None => word == wanted,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_refused() {
        let cases = [
            ("P_N_W_AL", "origin"),
            ("P_MAROKKO", "origin"),
            ("P_WEST_AL", "origin"),
            ("p_geb_nl", "origin"),
            ("a_nw_all", "origin"),
            ("pct_herkomst_buiten_europa", "origin"),
            ("p_geb_buiten_europa", "origin"),
            ("nationaliteit", "origin"),
            ("migratieachtergrond", "origin"),
            ("native-country-of-birth", "origin"),
            ("geloof", "religion"),
            ("a_man", "sex"),
            ("AANT_VROUW", "sex"),
            ("Mannen_6", "sex"),
            ("sex", "sex"),
            ("age", "age"),
            ("leeftijd", "age"),
            ("inw_0_15", "age"),
            ("inw_65plus", "age"),
            ("P_00_14_JR", "age"),
            ("a_65_oo", "age"),
            ("Pop_Age_0_15", "age"),
            ("k_0Tot15Jaar_8", "age"),
            ("p_hh_m_k", "household"),
            ("P_EENP_HH", "household"),
            ("a_1p_hh", "household"),
            ("P_ONGEHUWD", "household"),
            ("pct_hh_onder_rond_soc_min", "benefit"),
            ("a_soz_wb", "benefit"),
            ("inkomensdeciel", "benefit"),
            ("ink_inwoner_x1000eur", "benefit"),
            ("Pct_Low_Income_Households", "benefit"),
            ("goed_ervaren_gezondheid_pct_2020", "health"),
            ("p_wmo_t", "health"),
            ("BSN", "person"),
            ("Higher_Education_Count", "education"),
        ];
        for (column, kind) in cases {
            assert_eq!(refused(column).map(|k| k.id), Some(kind), "{column}");
        }
        assert!(refused("hh_met_kinderen").is_some());
    }

    #[test]
    #[rustfmt::skip]
    fn things_are_not_refused() {
        for column in [
            "eigendom", "huishoudens", "a_hh", "AANTAL_HH", "inwoners", "a_inw", "leeftijd_pand",
            "bouwleeftijd", "building_age", "gem_hh_grootte", "bouwjaar", "oppervlakte", "oppervlakte_m2",
            "gebruiksdoel", "energielabel", "woz", "woz_waarde", "pct_huur", "p_huurw", "p_koopw",
            "p_wcorpw", "p_1gezw", "p_mgezw", "pct_eengezins", "bev_dichtheid_km2", "stedelijkheid_1_5",
            "oad_km2", "opp_land_ha", "afst_school_km", "scholen_3km", "afst_huisarts_km",
            "misdrijven_2021", "woninginbraak", "mishandeling", "management", "percentage", "storage_areas",
            "garbage_bin_storage_area", "page", "year_built", "confirmed_storeys", "confirmed_units",
            "property_type", "score", "vondsten_nabij", "meldingen_nabij", "straatroof", "x_rd", "y_rd",
            "status", "aantal_verblijfsobjecten", "gebied", "gemeente", "mensen_niet", "manhole_count",
            "gezondheidszorgfunctie", "age_of_building", "grass", "terras", "g_gas", "g_ele", "leegstand",
            "p_leegsw", "lengte",
        ] {
            assert_eq!(refused(column).map(|k| k.id), None, "{column}");
        }
    }

    #[test]
    fn entries_are_lower_case_words() {
        for kind in PROTECTED {
            for entry in kind.words {
                assert!(
                    entry
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == ' ' || c == '*'),
                    "{entry}"
                );
            }
        }
    }
}
