//! Ready-made mappings for files that a municipality can download today.
//!
//! A preset gives for each of our fields the column names under which the publisher has brought it out, newest
//! first; the first that the file has is taken. What the study maps itself wins.

use crate::spec::SourceKind;

/// Our name → the publisher's names for it.
pub(crate) type Names = &'static [(&'static str, &'static [&'static str])];

/// One level of a set of areas: its layer and its fields.
pub(crate) struct LevelOfPreset {
    pub(crate) level: &'static str,
    /// Words of which one stands in the layer's name.
    pub(crate) layers: &'static [&'static str],
    pub(crate) fields: Names,
}

/// A ready-made mapping.
pub(crate) struct Preset {
    pub(crate) name: &'static str,
    pub(crate) kind: SourceKind,
    pub(crate) layers: &'static [&'static str],
    pub(crate) fields: Names,
    pub(crate) values: Names,
    pub(crate) categories: Names,
    pub(crate) existing_status: &'static [&'static str],
    pub(crate) missing: &'static [&'static str],
    pub(crate) only: &'static [(&'static str, &'static [&'static str])],
    pub(crate) known_after: Option<&'static str>,
    pub(crate) levels: &'static [LevelOfPreset],
    /// Columns that the publisher renamed over the years.
    pub(crate) renamed: &'static [&'static [&'static str]],
}

const NOTHING: Preset = Preset {
    name: "",
    kind: SourceKind::Units,
    layers: &[],
    fields: &[],
    values: &[],
    categories: &[],
    existing_status: &[],
    missing: &[],
    only: &[],
    known_after: None,
    levels: &[],
    renamed: &[],
};

/// Status of panden that stand and are used (BAG, domain of pand status).
const PAND_EXISTS: &[&str] = &[
    "Pand in gebruik",
    "Pand in gebruik (niet ingemeten)",
    "Verbouwing pand",
    "Sloopvergunning verleend",
    "Pand buiten gebruik",
];

/// All presets, by name.
pub(crate) const PRESETS: &[Preset] = &[
    Preset {
        name: "bag_voorkomens",
        fields: &[
            ("id", &["pand_id", "identificatie"]),
            ("valid_from", &["beginGeldigheid", "begin_geldigheid", "begingeldigheid"]),
            ("valid_to", &["eindGeldigheid", "eind_geldigheid", "eindgeldigheid"]),
            ("known_from", &["tijdstipRegistratie", "tijdstip_registratie", "tijdstipregistratie"]),
            ("status", &["status", "pandstatus"]),
            ("x", &["x_rd", "x"]),
            ("y", &["y_rd", "y"]),
        ],
        values: &[
            ("bouwjaar", &["bouwjaar", "oorspronkelijkBouwjaar", "oorspronkelijkbouwjaar"]),
            ("oppervlakte", &["opp_m2", "oppervlakte"]),
        ],
        existing_status: PAND_EXISTS,
        missing: &["bouwjaar=9999"],
        ..NOTHING
    },
    Preset {
        name: "cbs_kerncijfers",
        kind: SourceKind::Figures,
        fields: &[
            (
                "area",
                &["gwb_code_10", "gwb_code", "regiocode", "RegioS", "Codering_3", "GWB_CODE", "statcode"],
            ),
            ("year", &["jaar", "year", "perioden", "Perioden"]),
        ],
        values: &[
            ("inwoners", &["a_inw", "AANT_INW", "aant_inw"]),
            ("huishoudens", &["a_hh", "AANTAL_HH", "aantal_hh"]),
            ("woningen", &["a_woning", "WONINGEN", "woningen"]),
            ("pct_huur", &["p_huurw", "P_HUURWON"]),
            ("pct_koop", &["p_koopw", "P_KOOPWON"]),
            ("pct_corporatie", &["p_wcorpw", "P_HUURCORP"]),
            ("pct_leegstand", &["p_leegsw", "P_LEEGSW"]),
            ("pct_eengezins", &["p_1gezw", "P_1GEZW"]),
            ("gem_woz", &["g_wozbag", "g_woz", "WOZ", "woningwaarde"]),
            ("bevolkingsdichtheid", &["bev_dich", "BEV_DICHTH"]),
            ("stedelijkheid", &["ste_mvs", "STED"]),
            ("adressendichtheid", &["ste_oad", "OAD"]),
        ],
        // The last figures of a reference year come out in the second year after it.
        known_after: Some("2 years"),
        renamed: &[
            &["g_wozbag", "g_woz", "WOZ"],
            &["gwb_code_10", "gwb_code"],
            &["p_leegsw", "p_leegst"],
            &["p_wcorpw", "P_HUURCORP"],
            &["p_huurw", "P_HUURWON"],
            &["p_koopw", "P_KOOPWON"],
            &["a_inw", "AANT_INW"],
            &["a_hh", "AANTAL_HH"],
            &["bev_dich", "BEV_DICHTH"],
            &["ste_mvs", "STED"],
            &["ste_oad", "OAD"],
            &["g_ele", "g_elek"],
        ],
        ..NOTHING
    },
    Preset {
        name: "cbs_wijk_buurt_kaart",
        kind: SourceKind::Areas,
        // The map has the water of a gemeente as features of their own, under the code of the land.
        only: &[("water", &["NEE", "nee", "Nee"])],
        levels: &[
            LevelOfPreset {
                level: "buurt",
                layers: &["buurt"],
                fields: &[
                    ("code", &["buurtcode", "bu_code", "BU_CODE", "statcode"]),
                    ("name", &["buurtnaam", "bu_naam", "BU_NAAM", "statnaam"]),
                    ("parent", &["wijkcode", "wk_code", "WK_CODE"]),
                ],
            },
            LevelOfPreset {
                level: "wijk",
                layers: &["wijk"],
                fields: &[
                    ("code", &["wijkcode", "wk_code", "WK_CODE", "statcode"]),
                    ("name", &["wijknaam", "wk_naam", "WK_NAAM", "statnaam"]),
                    ("parent", &["gemeentecode", "gm_code", "GM_CODE"]),
                ],
            },
            LevelOfPreset {
                level: "gemeente",
                layers: &["gemeente"],
                fields: &[
                    ("code", &["gemeentecode", "gm_code", "GM_CODE", "statcode"]),
                    ("name", &["gemeentenaam", "gm_naam", "GM_NAAM", "statnaam"]),
                ],
            },
        ],
        ..NOTHING
    },
    Preset {
        name: "pdok_bag_light_pand",
        layers: &["pand"],
        fields: &[("id", &["identificatie"]), ("status", &["status"])],
        values: &[
            ("bouwjaar", &["bouwjaar", "oorspronkelijkbouwjaar"]),
            ("oppervlakte_min", &["oppervlakte_min"]),
            ("oppervlakte_max", &["oppervlakte_max"]),
            ("aantal_verblijfsobjecten", &["aantal_verblijfsobjecten"]),
        ],
        categories: &[("gebruiksdoel", &["gebruiksdoel"])],
        existing_status: PAND_EXISTS,
        missing: &["bouwjaar=9999"],
        ..NOTHING
    },
    Preset {
        name: "pdok_bag_light_verblijfsobject",
        layers: &["verblijfsobject"],
        fields: &[("id", &["identificatie"]), ("status", &["status"])],
        values: &[("oppervlakte", &["oppervlakte"]), ("bouwjaar", &["bouwjaar"])],
        categories: &[("gebruiksdoel", &["gebruiksdoel"])],
        existing_status: &[
            "Verblijfsobject in gebruik",
            "Verblijfsobject in gebruik (niet ingemeten)",
            "Verbouwing verblijfsobject",
            "Verblijfsobject buiten gebruik",
        ],
        missing: &["bouwjaar=9999", "oppervlakte=999999"],
        ..NOTHING
    },
];

/// The preset with this name.
pub(crate) fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_sorted_and_never_map_a_protected_value() {
        assert!(PRESETS.is_sorted_by_key(|preset| preset.name));
        for preset in PRESETS {
            for (name, columns) in preset.values.iter().chain(preset.categories) {
                assert!(crate::source::protected::refused(name).is_none(), "{name}");
                for column in *columns {
                    assert!(crate::source::protected::refused(column).is_none(), "{column}");
                }
            }
        }
    }
}
