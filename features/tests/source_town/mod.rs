//! A tiny town in a temporary folder: every kind of source, all in order, to be broken one thing at a time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use features::source::{CheckReport, LoadOptions, Loaded, SourceError, load};
use features::spec::{Plane, Source, UnitOfStudy};
use features::tables::Day;
use serde_json::{Value, json};

pub(crate) struct Town {
    folder: tempfile::TempDir,
    pub(crate) sources: BTreeMap<String, Value>,
    pub(crate) roots: BTreeMap<String, PathBuf>,
    pub(crate) plane: Plane,
    pub(crate) until: Day,
    pub(crate) unit: UnitOfStudy,
}

pub(crate) const BUURTEN: &str = r#"{"type":"FeatureCollection",
"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::28992"}},"features":[
{"type":"Feature","properties":{"code":"BU00010001","naam":"Noord","wijk":"WK000100"},"geometry":{"type":"Polygon","coordinates":[[[100000,400000],[101000,400000],[101000,401000],[100000,401000],[100000,400000]]]}},
{"type":"Feature","properties":{"code":"BU00010002","naam":"Zuid","wijk":"WK000100"},"geometry":{"type":"Polygon","coordinates":[[[101000,400000],[102000,400000],[102000,401000],[101000,401000],[101000,400000]]]}}
]}"#;

pub(crate) const WIJKEN: &str = r#"{"type":"FeatureCollection",
"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::28992"}},"features":[
{"type":"Feature","properties":{"code":"WK000100","naam":"Wijk 00"},"geometry":{"type":"Polygon","coordinates":[[[100000,400000],[102000,400000],[102000,401000],[100000,401000],[100000,400000]]]}}
]}"#;

pub(crate) const PANDEN: &str = "pand_id,geldig_vanaf,geldig_tot,status,x_rd,y_rd,bouwjaar,woz,gebruiksdoel\n\
0001100000000001,2000-01-01,,Pand in gebruik,100100.5,400100.5,1930,200000,woonfunctie\n\
0001100000000002,2000-01-01,2015-06-01,Pand in gebruik,100200.5,400200.5,9999,250000,woonfunctie\n\
0001100000000002,2015-06-01,,Pand in gebruik,100200.5,400200.5,1975,260000,winkelfunctie\n\
0001100000000003,2000-01-01,,Pand in gebruik,101100.5,400100.5,1990,300000,industriefunctie\n\
0001100000000004,2000-01-01,,Pand gesloopt,101200.5,400200.5,1890,,woonfunctie\n";

pub(crate) const VONDSTEN: &str = "vondst_id,pand_id,datum,geregistreerd\n\
V1,0001100000000003,2020-03-14,2020-03-20\n\
V2,0001100000000001,2019-02-01,2019-02-01\n";

pub(crate) const CONTROLES: &str = "pand_id,datum,uitkomst,aanleiding,plaats\n\
0001100000000001,2019-02-01,kwekerij aangetroffen,tip,\n\
0001100000000002,2019-05-01,niets aangetroffen,lijst,12\n\
0001100000000003,2019-06-01,geen toegang,steekproef,\n";

pub(crate) const KERNCIJFERS: &str = "gwb_code;jaar;gepubliceerd;a_hh;p_huurw\n\
BU00010001;2018;2019-07-01;500;55,5\n\
BU00010002;2018;2019-07-01;.;-99997\n\
WK000100;2018;2019-07-01;620;51,0\n\
BU99990000;2018;2019-07-01;10;1,0\n";

impl Town {
    pub(crate) fn new() -> Self {
        let mut sources = BTreeMap::new();
        sources.insert(
            "gebieden".to_owned(),
            json!({"kind": "areas", "path": ["wijken.geojson", "buurten.geojson"], "level": ["wijk", "buurt"],
                "columns": {"code": "code", "name": "naam"}}),
        );
        sources.insert(
            "panden".to_owned(),
            json!({"kind": "units", "path": "panden.csv", "crs": "rd",
                "columns": {"id": "pand_id", "valid_from": "geldig_vanaf", "valid_to": "geldig_tot",
                    "status": "status", "x": "x_rd", "y": "y_rd"},
                "values": {"bouwjaar": "bouwjaar", "woz": "woz"}, "categories": {"gebruiksdoel": "gebruiksdoel"},
                "existing_status": ["Pand in gebruik"], "missing": ["9999"]}),
        );
        sources.insert(
            "vondsten".to_owned(),
            json!({"kind": "events", "path": "vondsten.csv",
                "columns": {"date": "datum", "known_from": "geregistreerd", "unit": "pand_id"}}),
        );
        sources.insert(
            "controles".to_owned(),
            json!({"kind": "visits", "path": "controles.csv",
                "columns": {"date": "datum", "unit": "pand_id", "outcome": "uitkomst", "reason": "aanleiding",
                    "list_position": "plaats"},
                "outcomes": {"found": ["kwekerij aangetroffen"], "nothing_found": ["niets aangetroffen"],
                    "no_access": ["geen toegang"]},
                "reasons": {"tip": ["tip"], "list": ["lijst"], "random": ["steekproef"]}}),
        );
        sources.insert(
            "kerncijfers".to_owned(),
            json!({"kind": "figures", "path": "kerncijfers.csv", "decimal_comma": true,
                "columns": {"area": "gwb_code", "year": "jaar", "published": "gepubliceerd"},
                "values": {"huishoudens": "a_hh", "pct_huur": "p_huurw"}}),
        );
        let town = Self {
            folder: tempfile::tempdir().unwrap(),
            sources,
            roots: BTreeMap::new(),
            plane: Plane::Rd,
            until: Day::from_ymd(2024, 1, 1).unwrap(),
            unit: UnitOfStudy::Pand,
        };
        for (name, text) in [
            ("wijken.geojson", WIJKEN),
            ("buurten.geojson", BUURTEN),
            ("panden.csv", PANDEN),
            ("vondsten.csv", VONDSTEN),
            ("controles.csv", CONTROLES),
            ("kerncijfers.csv", KERNCIJFERS),
        ] {
            town.write(name, text.as_bytes());
        }
        town
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path().join(name), bytes).unwrap();
    }

    /// Replaces a text in a file; the text must be there.
    pub(crate) fn change(&self, name: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path().join(name)).unwrap();
        assert!(text.contains(from), "{name} has no {from}");
        self.write(name, text.replace(from, to).as_bytes());
    }

    /// Sets a key of a source.
    pub(crate) fn set(&mut self, source: &str, key: &str, value: Value) {
        self.sources.get_mut(source).unwrap()[key] = value;
    }

    /// Sets a key in a table of a source.
    pub(crate) fn set_in(&mut self, source: &str, table: &str, key: &str, value: Value) {
        self.sources.get_mut(source).unwrap()[table][key] = value;
    }

    pub(crate) fn without(&mut self, source: &str, table: &str, key: &str) {
        self.sources.get_mut(source).unwrap()[table].as_object_mut().unwrap().remove(key);
    }

    pub(crate) fn load(&self) -> Result<Loaded, SourceError> {
        let sources: BTreeMap<String, Source> = self
            .sources
            .iter()
            .map(|(name, value)| (name.clone(), serde_json::from_value(value.clone()).unwrap()))
            .collect();
        let options = LoadOptions {
            base: self.path(),
            roots: &self.roots,
            plane: self.plane,
            data_until: self.until,
            unit: self.unit,
        };
        load(&sources, &options, &|_, done, total| assert!(done <= total.max(1)))
    }

    /// The report of a load that must be refused.
    pub(crate) fn refused(&self) -> (String, CheckReport) {
        match self.load() {
            Ok(_) => panic!("must be refused"),
            Err(error) => match error {
                SourceError::Refused(ref report) => (error.to_string(), report.clone()),
                other => panic!("{other}"),
            },
        }
    }

    /// The tables of a load that must succeed; every row of every file is accounted for.
    pub(crate) fn loaded(&self) -> Loaded {
        let loaded = self.load().unwrap_or_else(|error| panic!("{error}"));
        for file in &loaded.report.files {
            let dropped: u64 = file.dropped.values().sum();
            assert_eq!(file.rows_read, file.rows_kept + dropped, "{file:?}");
        }
        loaded
    }
}

/// Count of the findings of one check.
pub(crate) fn counted(report: &CheckReport, check: &str) -> u64 {
    report.findings.iter().filter(|finding| finding.check == check).map(|finding| finding.count).sum()
}
