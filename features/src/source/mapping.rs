//! Which column of a file is which of our fields: the study's mapping over the preset's, held against the header.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::cell::{self, Lag, NumberRules};
use super::presets::{LevelOfPreset, Names, PRESETS, Preset, preset};
use super::report::{Finding, Findings, Place};
use crate::spec::{Format, Source, SourceKind};
use crate::tables::Day;

/// One column that we want, under any of these names.
#[derive(Clone, Debug)]
struct Want {
    name: String,
    columns: Vec<String>,
    by_study: bool,
}

/// A file to read, with what is particular to it.
#[derive(Clone, Debug)]
pub(crate) struct FilePlan {
    pub(crate) path: PathBuf,
    /// As the study names it.
    pub(crate) shown: String,
    pub(crate) format: Format,
    /// Words of which one is (in) the layer's name, and whether it must be the whole name.
    pub(crate) layer: Option<(Vec<String>, bool)>,
    /// The levels that the file's rows give: one, or more when nested.
    pub(crate) levels: Vec<String>,
    fields: Vec<Want>,
}

/// A source with its preset worked in.
#[derive(Clone, Debug)]
pub(crate) struct Settings<'a> {
    pub(crate) name: &'a str,
    pub(crate) source: &'a Source,
    pub(crate) files: Vec<FilePlan>,
    pub(crate) known_after: Option<Lag>,
    pub(crate) existing_status: Vec<String>,
    values: Vec<Want>,
    categories: Vec<Want>,
    only: Vec<(Want, Vec<String>)>,
    missing: Vec<String>,
    periods: Vec<(String, Day)>,
    renamed: &'static [&'static [&'static str]],
}

/// The columns of one file: our names → the file's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resolved {
    pub(crate) fields: BTreeMap<String, String>,
    pub(crate) values: BTreeMap<String, String>,
    pub(crate) categories: BTreeMap<String, String>,
    pub(crate) only: Vec<(String, Vec<String>)>,
    pub(crate) periods: Vec<(String, Day)>,
}

impl Resolved {
    /// The file's columns that are used, each once.
    pub(crate) fn needed(&self) -> Vec<String> {
        let mut needed: Vec<String> = (self.fields.values())
            .chain(self.values.values())
            .chain(self.categories.values())
            .chain(self.only.iter().map(|(column, _)| column))
            .chain(self.periods.iter().map(|(column, _)| column))
            .cloned()
            .collect();
        needed.sort();
        needed.dedup();
        needed
    }

    pub(crate) fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }
}

impl<'a> Settings<'a> {
    /// Works the preset in and checks what can be checked without a file.
    ///
    /// # Errors
    /// The first setting that cannot be right.
    pub(crate) fn new(
        name: &'a str,
        source: &'a Source,
        base: &Path,
        roots: &BTreeMap<String, PathBuf>,
    ) -> Result<Self, Box<Finding>> {
        let place = Place { source: name.to_owned(), file: String::new() };
        let ready = ready_made(source, &place)?;
        let of_preset = |pick: fn(&'static Preset) -> Names| ready.map_or(&[][..], pick);
        let mut settings = Self {
            name,
            source,
            files: Vec::new(),
            known_after: lag(source, ready, &place)?,
            existing_status: study_or(
                &source.existing_status,
                ready.map_or(&[], |preset| preset.existing_status),
            ),
            values: wants(&source.values, of_preset(|preset| preset.values)),
            categories: wants(&source.categories, of_preset(|preset| preset.categories)),
            only: only(source, ready),
            missing: study_or(&source.missing, ready.map_or(&[], |preset| preset.missing)),
            periods: periods(source, &place)?,
            renamed: ready.map_or(&[], |preset| preset.renamed),
        };
        settings.check_words(&place)?;
        settings.files = files(source, ready, base, roots, &place)?;
        Ok(settings)
    }

    /// How the numbers of one of our columns are written.
    pub(crate) fn number_rules(&self, name: &str, decimal_comma: bool) -> NumberRules {
        let missing = self.missing.iter().filter_map(|mark| match mark.split_once('=') {
            Some((column, value)) => (column == name).then(|| value.to_owned()),
            None => Some(mark.clone()),
        });
        NumberRules {
            decimal_comma,
            marks: matches!(self.source.kind, SourceKind::Figures | SourceKind::Areas),
            secret: self.source.secret.clone(),
            missing: missing.collect(),
        }
    }

    pub(crate) fn date_format(&self) -> &str {
        self.source.date_format.as_deref().unwrap_or(cell::ISO)
    }

    /// Names of the value columns.
    pub(crate) fn value_names(&self) -> Vec<String> {
        self.values.iter().map(|want| want.name.clone()).collect()
    }

    /// Names of the category columns.
    pub(crate) fn category_names(&self) -> Vec<String> {
        self.categories.iter().map(|want| want.name.clone()).collect()
    }

    /// Names in `columns` and in the lists of words must be ours.
    fn check_words(&self, place: &Place) -> Result<(), Box<Finding>> {
        let kind = self.source.kind;
        let mut allowed: Vec<String> = fields_of(kind).iter().map(|&field| field.to_owned()).collect();
        if kind == SourceKind::Areas {
            for level in &self.source.level {
                allowed.extend([format!("{level}_code"), format!("{level}_name")]);
            }
        }
        for field in self.source.columns.keys() {
            if !allowed.contains(field) {
                return Err(unknown_word(place, "columns", field, &allowed));
            }
        }
        let outcomes = ["found", "nothing_found", "no_access", "unknown"].map(str::to_owned);
        if let Some(odd) = self.source.outcomes.keys().find(|key| !outcomes.contains(key)) {
            return Err(unknown_word(place, "outcomes", odd, &outcomes));
        }
        let reasons = ["tip", "list", "routine", "neighbour", "random", "unknown"].map(str::to_owned);
        if let Some(odd) = self.source.reasons.keys().find(|key| !reasons.contains(key)) {
            return Err(unknown_word(place, "reasons", odd, &reasons));
        }
        for (setting, value, words) in [
            ("crs", &self.source.crs, ["rd", "wgs84"]),
            ("encoding", &self.source.encoding, ["utf-8", "windows-1252"]),
        ] {
            if let Some(value) = value
                && !words.contains(&value.as_str())
            {
                return Err(unknown_word(place, setting, value, &words.map(str::to_owned)));
            }
        }
        Ok(())
    }

    /// Finds the wanted columns in a header.
    pub(crate) fn resolve(
        &self,
        plan: &FilePlan,
        header: &[String],
        place: &Place,
        findings: &mut Findings,
    ) -> Result<Resolved, Box<Finding>> {
        let mut resolved = Resolved { periods: self.periods.clone(), ..Resolved::default() };
        let mut lacking: Vec<(&str, &str)> = Vec::new();
        for want in &plan.fields {
            match self.find(want, header) {
                Some(column) => {
                    resolved.fields.insert(want.name.clone(), column);
                }
                None if want.by_study => lacking.push((&want.name, &want.columns[0])),
                None => {}
            }
        }
        // With several levels each in a file of its own, a value may be in one of the files only.
        let many = self.source.kind == SourceKind::Areas && self.files.len() > 1;
        for (wants, found) in
            [(&self.values, &mut resolved.values), (&self.categories, &mut resolved.categories)]
        {
            for want in wants {
                match self.find(want, header) {
                    Some(column) => {
                        found.insert(want.name.clone(), column);
                    }
                    None if want.by_study && !many => lacking.push((&want.name, &want.columns[0])),
                    None => {}
                }
            }
        }
        for (want, values) in &self.only {
            match self.find(want, header) {
                Some(column) => resolved.only.push((column, values.clone())),
                None if want.by_study => lacking.push(("only", &want.columns[0])),
                None => {}
            }
        }
        for (column, _) in &self.periods {
            if !header.contains(column) {
                lacking.push(("periods", column));
            }
        }
        let mut errors = lacking.iter().map(|(field, column)| missing_column(place, field, column, header));
        if let Some(first) = errors.next() {
            errors.for_each(|error| findings.add(error));
            return Err(first);
        }
        self.needs(&resolved, plan, header, place)?;
        Ok(resolved)
    }

    fn find(&self, want: &Want, header: &[String]) -> Option<String> {
        let in_header = |name: &str| header.iter().find(|column| column.as_str() == name).cloned();
        if let Some(column) = want.columns.iter().find_map(|name| in_header(name)) {
            return Some(column);
        }
        if !want.by_study {
            // Publishers change the case of their column names from year to year.
            let same =
                |name: &String| header.iter().find(|column| column.eq_ignore_ascii_case(name)).cloned();
            return want.columns.iter().find_map(same);
        }
        let names = self.renamed.iter().find(|names| names.contains(&want.columns[0].as_str()))?;
        names.iter().find_map(|name| in_header(name))
    }

    /// The fields that a kind cannot do without.
    fn needs(
        &self,
        resolved: &Resolved,
        plan: &FilePlan,
        header: &[String],
        place: &Place,
    ) -> Result<(), Box<Finding>> {
        let lacks = |field: &str| {
            let wanted = plan.fields.iter().find(|want| want.name == field);
            let names = wanted.map_or_else(Vec::new, |want| want.columns.clone());
            let nearest = suggestion(names.first().map_or(field, String::as_str), header);
            Err(place
                .error(
                    "missing_column",
                    format!("no column is mapped to `{field}`, which {} need", plural(self.source.kind)),
                    format!(
                        "Give it in `columns`: {field} = \"...\"{}. The file has {}",
                        nearest.map(|name| format!(" (perhaps `{name}`)")).unwrap_or_default(),
                        listed(header)
                    ),
                )
                .in_column(field))
        };
        let needed: &[&str] = match self.source.kind {
            SourceKind::Areas => &["code"],
            SourceKind::Units => &["id"],
            SourceKind::Figures => &["area"],
            SourceKind::Events => &[],
            SourceKind::Visits => &["outcome"],
        };
        if let Some(field) = needed.iter().find(|field| !resolved.has(field)) {
            return lacks(field);
        }
        let happens = matches!(self.source.kind, SourceKind::Events | SourceKind::Visits);
        if happens && !resolved.has("date") && !resolved.has("year") && resolved.periods.is_empty() {
            return lacks("date");
        }
        for (one, other) in [("x", "y"), ("y", "x"), ("lon", "lat"), ("lat", "lon")] {
            if resolved.has(one) && !resolved.has(other) {
                return lacks(other);
            }
        }
        Ok(())
    }
}

fn plural(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Areas => "areas",
        SourceKind::Units => "units",
        SourceKind::Events => "events",
        SourceKind::Visits => "visits",
        SourceKind::Figures => "figures",
    }
}

/// The fields that `columns` may map.
fn fields_of(kind: SourceKind) -> &'static [&'static str] {
    match kind {
        SourceKind::Areas => &["code", "name", "parent", "x", "y", "lon", "lat"],
        SourceKind::Units => {
            &["id", "valid_from", "valid_to", "known_from", "status", "x", "y", "lon", "lat", "area"]
        }
        SourceKind::Events => {
            &["date", "year", "month", "known_from", "unit", "area", "x", "y", "lon", "lat", "count"]
        }
        SourceKind::Visits => &[
            "date",
            "year",
            "month",
            "known_from",
            "unit",
            "area",
            "x",
            "y",
            "lon",
            "lat",
            "count",
            "outcome",
            "reason",
            "list_position",
            "probability",
        ],
        SourceKind::Figures => &["area", "year", "published"],
    }
}

fn ready_made(source: &Source, place: &Place) -> Result<Option<&'static Preset>, Box<Finding>> {
    let Some(name) = &source.preset else { return Ok(None) };
    let names: Vec<String> = PRESETS.iter().map(|preset| preset.name.to_owned()).collect();
    let ready = preset(name).ok_or_else(|| unknown_word(place, "preset", name, &names))?;
    if ready.kind == source.kind {
        return Ok(Some(ready));
    }
    Err(place
        .error(
            "preset",
            format!(
                "preset `{name}` is for {}, this source holds {}",
                plural(ready.kind),
                plural(source.kind)
            ),
            format!("Set kind = \"{}\" or leave `preset` out", plural(ready.kind)),
        )
        .in_column("preset"))
}

fn lag(source: &Source, ready: Option<&Preset>, place: &Place) -> Result<Option<Lag>, Box<Finding>> {
    let text = source.known_after.as_deref().or(ready.and_then(|preset| preset.known_after));
    let Some(text) = text else { return Ok(None) };
    let lag = Lag::parse(text).ok_or_else(|| {
        place
            .error(
                "setting",
                "not a length of time",
                "Write it as \"14 days\", \"2 weeks\", \"6 months\" or \"1 year\"",
            )
            .in_column("known_after")
            .with_value(text)
    })?;
    Ok(Some(lag))
}

fn periods(source: &Source, place: &Place) -> Result<Vec<(String, Day)>, Box<Finding>> {
    let read = |(column, text): (&String, &String)| {
        cell::period(text).map(|day| (column.clone(), day)).ok_or_else(|| {
            place
                .error("setting", "not a date", "Write the period as \"2024-12-31\", \"2024-12\" or \"2024\"")
                .in_column(&format!("periods.{column}"))
                .with_value(text)
        })
    };
    source.periods.iter().map(read).collect()
}

fn study_or(study: &[String], preset: &[&str]) -> Vec<String> {
    if study.is_empty() { preset.iter().map(|&word| word.to_owned()).collect() } else { study.to_vec() }
}

fn wants(study: &BTreeMap<String, String>, ready: Names) -> Vec<Want> {
    let mut wants: BTreeMap<&str, Want> = BTreeMap::new();
    for (name, columns) in ready {
        let columns = columns.iter().map(|&column| column.to_owned()).collect();
        wants.insert(name, Want { name: (*name).to_owned(), columns, by_study: false });
    }
    for (name, column) in study {
        wants.insert(name, Want { name: name.clone(), columns: vec![column.clone()], by_study: true });
    }
    wants.into_values().collect()
}

fn only(source: &Source, ready: Option<&Preset>) -> Vec<(Want, Vec<String>)> {
    let want =
        |column: &str, by_study| Want { name: column.to_owned(), columns: vec![column.to_owned()], by_study };
    let of_preset = ready.map_or(&[][..], |preset| preset.only).iter();
    of_preset
        .filter(|(column, _)| !source.only.contains_key(*column))
        .map(|(column, values)| (want(column, false), values.iter().map(|&value| value.to_owned()).collect()))
        .chain(source.only.iter().map(|(column, values)| (want(column, true), values.clone())))
        .collect()
}

/// The files of a source: its paths, or for a set of areas one file or layer per level.
fn files(
    source: &Source,
    ready: Option<&'static Preset>,
    base: &Path,
    roots: &BTreeMap<String, PathBuf>,
    place: &Place,
) -> Result<Vec<FilePlan>, Box<Finding>> {
    let fields = |of_level: Option<&LevelOfPreset>| {
        let names = of_level.map(|level| level.fields).or(ready.map(|preset| preset.fields));
        wants(&source.columns, names.unwrap_or(&[]))
    };
    let layer = |of_level: Option<&LevelOfPreset>| {
        let whole = source.layer.clone().map(|layer| (vec![layer], true));
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let of_level = of_level.map(|level| (words(level.layers), false));
        let of_preset = ready.filter(|preset| !preset.layers.is_empty());
        whole.or(of_level).or(of_preset.map(|preset| (words(preset.layers), true)))
    };
    let levels_of_preset = ready.map_or(&[][..], |preset| preset.levels);
    let level_of = |name: &str| levels_of_preset.iter().find(|level| level.level == name);
    let mut opened = Vec::new();
    for path in &source.path {
        let shown = path.to_string_lossy().into_owned();
        opened.push((resolve_path(&shown, base, roots, place)?, shown));
    }
    let plan = |(path, shown): &(PathBuf, String),
                levels: Vec<String>,
                of_level|
     -> Result<FilePlan, Box<Finding>> {
        let format = source.format.or_else(|| format_of(shown)).ok_or_else(|| {
            let place = Place { file: shown.clone(), ..place.clone() };
            place.error(
                "format",
                "the file's ending does not tell its format",
                "Add format = \"csv\", \"parquet\", \"geo_json\" or \"geo_package\" to the source",
            )
        })?;
        Ok(FilePlan {
            path: path.clone(),
            shown: shown.clone(),
            format,
            layer: layer(of_level),
            levels,
            fields: fields(of_level),
        })
    };
    let nested =
        source.level.iter().skip(1).any(|level| source.columns.contains_key(&format!("{level}_code")));
    let mut wanted = source.level.clone();
    if wanted.is_empty() {
        wanted = levels_of_preset.iter().map(|level| level.level.to_owned()).collect();
    }
    if nested || wanted.len() < 2 {
        let of_level = wanted.first().and_then(|level| level_of(level));
        return opened.iter().map(|file| plan(file, wanted.clone(), of_level)).collect();
    }
    if opened.len() == wanted.len() {
        let pairs = opened.iter().zip(&wanted);
        return pairs.map(|(file, level)| plan(file, vec![level.clone()], level_of(level))).collect();
    }
    if opened.len() == 1 && !levels_of_preset.is_empty() {
        return wanted.iter().map(|level| plan(&opened[0], vec![level.clone()], level_of(level))).collect();
    }
    Err(place
        .error(
            "setting",
            format!("{} levels and {} files, and no `<level>_code` columns", wanted.len(), opened.len()),
            "Give one path per level in the same order, or map `wijk_code`, `gemeente_code` and so on in `columns`",
        )
        .in_column("level"))
}

fn resolve_path(
    shown: &str,
    base: &Path,
    roots: &BTreeMap<String, PathBuf>,
    place: &Place,
) -> Result<PathBuf, Box<Finding>> {
    let Some((before, rest)) = shown.split_once("${") else { return Ok(base.join(shown)) };
    let (name, rest) = rest.split_once('}').unwrap_or((rest, ""));
    let root = roots.get(name).ok_or_else(|| {
        place
            .error(
                "path",
                format!("`${{{name}}}` is not known"),
                format!("Add --data {name}=DIR to the command"),
            )
            .in_column("path")
            .with_value(shown)
    })?;
    Ok(base.join(format!("{before}{}{rest}", root.to_string_lossy())))
}

fn format_of(name: &str) -> Option<Format> {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let ending = name.rsplit_once('.')?.1;
    Some(match ending {
        "csv" | "txt" | "tsv" => Format::Csv,
        "parquet" | "pq" => Format::Parquet,
        "geojson" | "json" => Format::GeoJson,
        "gpkg" => Format::GeoPackage,
        _ => return None,
    })
}

fn unknown_word(place: &Place, key: &str, word: &str, allowed: &[String]) -> Box<Finding> {
    let nearest =
        suggestion(word, allowed).map(|name| format!("Did you mean `{name}`? ")).unwrap_or_default();
    place
        .error(
            "setting",
            format!("`{word}` is not known here"),
            format!("{nearest}Known are {}", listed(allowed)),
        )
        .in_column(key)
        .with_value(word)
}

/// A column that the study names and the file lacks.
fn missing_column(place: &Place, field: &str, column: &str, header: &[String]) -> Box<Finding> {
    let numbers =
        header.iter().filter(|name| name.parse::<f64>().is_ok() || cell::guessed_format(name).is_some());
    let looks_like_data = numbers.count() * 3 > header.len() && header.len() > 1;
    if looks_like_data {
        return place
            .error(
                "missing_header",
                format!("the first line looks like data, not like column names: {}", listed(header)),
                "Put a line with the column names at the top of the file",
            )
            .at_line(1)
            .in_column(column);
    }
    let remedy = match suggestion(column, header) {
        Some(nearest) => format!("Did you mean `{nearest}`? The file has {}", listed(header)),
        None => format!("Map `{field}` to one of the columns of the file: {}", listed(header)),
    };
    place
        .error("missing_column", format!("there is no such column (wanted for `{field}`)"), remedy)
        .in_column(column)
}

/// The nearest of some names, when near enough to be a slip.
pub(crate) fn suggestion<'n>(name: &str, names: &'n [String]) -> Option<&'n str> {
    let wanted = name.to_lowercase();
    names
        .iter()
        .map(|candidate| (strsim::jaro_winkler(&wanted, &candidate.to_lowercase()), candidate.as_str()))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate)
}

/// Names for a message, not more than a reader can take in.
pub(crate) fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(15).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > 15 { format!(" and {} more", names.len() - 15) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
