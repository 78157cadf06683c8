//! What a study file must satisfy beyond its types: names that exist, protected columns, sizes.

use features::source::protected;
use features::spec::{Aggregate, FeatureSpec, Over, Source, SourceKind, UnitOfStudy};

use super::{StudyFile, nearest};

/// A fault in a study: what, what to do, and a text by which its line is found.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) remedy: String,
    near: Vec<String>,
}

impl Fault {
    fn new(message: impl Into<String>, remedy: impl Into<String>, near: &[&str]) -> Self {
        let near = near.iter().map(|s| (*s).to_owned()).collect();
        Self { message: message.into(), remedy: format!(". {}", remedy.into()), near }
    }

    /// The byte where the texts of `near` follow one another, as far as they are there.
    pub(super) fn find(&self, text: &str) -> Option<usize> {
        let mut found = None;
        for part in &self.near {
            let at = found.unwrap_or(0);
            match text[at..].find(part.as_str()) {
                Some(next) => found = Some(at + next),
                None => break,
            }
        }
        found
    }
}

type Checked = Result<(), Fault>;

pub(super) fn validate(file: &StudyFile) -> Checked {
    names(file)?;
    areas(file)?;
    target(file)?;
    for feature in &file.feature {
        feature_spec(file, feature)?;
    }
    for audit in &file.audit {
        if let Some(source) = &audit.source {
            let near = ["[[audit]]", &quoted(&audit.name), &quoted(source)];
            let source = known_source(file, source, &near)?;
            let columns: Vec<&str> =
                source.values.keys().chain(source.categories.keys()).map(String::as_str).collect();
            known_name(
                "column",
                &audit.column,
                &columns,
                &["[[audit]]", &quoted(&audit.name), &quoted(&audit.column)],
            )?;
        }
        if audit.groups < 2 || audit.groups > 20 {
            return Err(Fault::new(
                format!("audit attribute `{}` asks for {} groups", audit.name, audit.groups),
                "Give 2 to 20 groups",
                &["[[audit]]", &quoted(&audit.name), "groups"],
            ));
        }
    }
    space(file)?;
    learners(file)
}

fn space(file: &StudyFile) -> Checked {
    let Some(space) = &file.space else { return Ok(()) };
    let levels: Vec<&str> = (file.sources.values().filter(|s| s.kind == SourceKind::Areas))
        .flat_map(|s| s.level.iter().map(String::as_str))
        .collect();
    known_name("level", &space.level, &levels, &["[space]", "level"])?;
    if !(2..=100).contains(&space.folds) {
        return Err(Fault::new(
            format!("[space] asks for {} folds", space.folds),
            "Give 2 to 100; each is one more fit per split",
            &["[space]", "folds"],
        ));
    }
    if !(space.border_metres.is_finite() && space.border_metres >= 0.0) {
        return Err(Fault::new(
            format!("[space] has a border of {} metres", space.border_metres),
            "Give 0 or more metres",
            &["[space]", "border_metres"],
        ));
    }
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn names(file: &StudyFile) -> Checked {
    plain_name("study", &file.study.name, &["[study]", "name"])?;
    let mut seen: Vec<&str> = Vec::new();
    let all = file.feature.iter().map(|f| ("feature", f.name.as_str()));
    for (kind, name) in all {
        plain_name(kind, name, &["[[feature]]", &quoted(name)])?;
        if seen.contains(&name) {
            return Err(Fault::new(
                format!("feature `{name}` is named twice"),
                "Give each feature a name of its own",
                &["[[feature]]", &quoted(name), &quoted(name)],
            ));
        }
        seen.push(name);
    }
    if file.feature.is_empty() {
        return Err(Fault::new("the study has no feature", "Add at least one [[feature]]", &["[study]"]));
    }
    Ok(())
}

fn plain_name(kind: &str, name: &str, near: &[&str]) -> Checked {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    if name.is_empty() || !name.chars().all(plain) {
        return Err(Fault::new(
            format!("the {kind} name `{name}` holds other characters than a-z, 0-9, `_` and `-`"),
            "Give it a short plain name; the label is what readers see",
            near,
        ));
    }
    Ok(())
}

fn areas(file: &StudyFile) -> Checked {
    let sources: Vec<(&String, &Source)> =
        file.sources.iter().filter(|(_, s)| s.kind == SourceKind::Areas).collect();
    if sources.is_empty() {
        return Err(Fault::new(
            "the study has no source of kind `areas`",
            "Add one, for instance [sources.gebieden] with kind = \"areas\"",
            &["[study]"],
        ));
    }
    let levels: Vec<&str> = sources.iter().flat_map(|(_, s)| s.level.iter().map(String::as_str)).collect();
    known_name("level", &file.study.level, &levels, &["[study]", "level"])?;
    let units = file.sources.values().filter(|s| s.kind == SourceKind::Units).count();
    match (file.study.unit, units) {
        (UnitOfStudy::Pand, 0) => Err(Fault::new(
            "a study with unit = \"pand\" needs a source of kind `units`",
            "Add the panden as a source, or make it an area study with unit = \"area\"",
            &["[study]", "unit"],
        )),
        (UnitOfStudy::Pand, 2..) => Err(Fault::new(
            "the study has more than one source of kind `units`",
            "Name all files in the `path` list of one source",
            &["[sources.", "\"units\""],
        )),
        _ => Ok(()),
    }
}

fn target(file: &StudyFile) -> Checked {
    let target = &file.target;
    if target.events.is_none() && target.visits.is_none() {
        return Err(Fault::new(
            "[target] names neither `events` nor `visits`",
            "Name the source that tells what was found",
            &["[target]"],
        ));
    }
    for (name, kind) in [(&target.events, SourceKind::Events), (&target.visits, SourceKind::Visits)] {
        let Some(name) = name else { continue };
        let near = ["[target]", &quoted(name)];
        if known_source(file, name, &near)?.kind != kind {
            return Err(Fault::new(
                format!(
                    "[target] names `{name}`, which is not a source of kind `{}`",
                    if kind == SourceKind::Events { "events" } else { "visits" }
                ),
                "Name a source of that kind",
                &near,
            ));
        }
    }
    Ok(())
}

fn feature_spec(file: &StudyFile, feature: &FeatureSpec) -> Checked {
    let near = |what: &str| ["[[feature]]".to_owned(), quoted(&feature.name), what.to_owned()];
    let fault = |what: &str, message: String, remedy: &str| {
        let near = near(what);
        Fault::new(message, remedy, &near.each_ref().map(String::as_str))
    };
    if let Some(name) = &feature.source {
        let near = near(&quoted(name));
        known_source(file, name, &near.each_ref().map(String::as_str))?;
    }
    let needs_source = !matches!(feature.from, Aggregate::Column | Aggregate::YearsSince);
    if needs_source && feature.source.is_none() {
        return Err(fault(
            "from",
            format!("feature `{}` names no `source`", feature.name),
            "Name the source it reads",
        ));
    }
    let needs_column = !matches!(
        feature.from,
        Aggregate::Count | Aggregate::Any | Aggregate::DaysSince | Aggregate::ShrunkenRate
    );
    if needs_column && feature.column.is_none() {
        return Err(fault(
            "from",
            format!("feature `{}` names no `column`", feature.name),
            "Name the column it reads",
        ));
    }
    if (feature.over == Over::Radius) == feature.radii.is_empty() {
        return Err(fault(
            "over",
            format!("feature `{}` must have `radii` with over = \"radius\", and only then", feature.name),
            "Give radii in metres, such as [250, 500], and over = \"radius\"",
        ));
    }
    if feature.radii.iter().any(|r| !r.is_finite() || *r <= 0.0) {
        return Err(fault(
            "radii",
            format!("feature `{}` has a radius that is not above 0", feature.name),
            "Give radii in metres",
        ));
    }
    let passport = &feature.passport;
    for (part, text) in
        [("purpose", &passport.purpose), ("source", &passport.source), ("legal_basis", &passport.legal_basis)]
    {
        if text.trim().is_empty() {
            return Err(fault(
                "passport",
                format!("the passport of feature `{}` has an empty `{part}`", feature.name),
                "Write it: a feature without papers is not used",
            ));
        }
    }
    protected_columns(file, feature).map_or(Ok(()), |(column, kind)| {
        Err(fault(
            "column",
            format!("feature `{}` reads `{column}`, which is on the protected list ({kind})", feature.name),
            "Personal characteristics are never model input. Declare it under [[audit]] to measure fairness by it",
        ))
    })
}

/// The first protected name among the feature's own name, its column and the file columns behind it.
fn protected_columns(file: &StudyFile, feature: &FeatureSpec) -> Option<(String, String)> {
    let source = feature.source.as_ref().and_then(|name| file.sources.get(name));
    let plain: Vec<&Source> = match source {
        Some(source) => vec![source],
        None => file
            .sources
            .values()
            .filter(|s| matches!(s.kind, SourceKind::Units | SourceKind::Areas))
            .collect(),
    };
    let column = feature.column.iter();
    let behind = column
        .clone()
        .flat_map(|c| plain.iter().filter_map(move |s| s.values.get(c).or_else(|| s.categories.get(c))));
    std::iter::once(&feature.name)
        .chain(column)
        .chain(behind)
        .find_map(|name| protected::refused(name).map(|kind| (name.clone(), kind.en.to_owned())))
}

fn learners(file: &StudyFile) -> Checked {
    if file.learner.is_empty() {
        return Err(Fault::new("the study has no learner", "Add at least one [[learner]]", &["[study]"]));
    }
    let mut seen: Vec<&str> = Vec::new();
    for learner in &file.learner {
        if seen.contains(&learner.name.as_str()) {
            return Err(Fault::new(
                format!("learner `{}` is named twice", learner.name),
                "Give each learner a name of its own",
                &["[[learner]]", &quoted(&learner.name)],
            ));
        }
        seen.push(&learner.name);
    }
    let mut all = seen.clone();
    for challenger in &file.challenger {
        if all.contains(&challenger.name.as_str()) {
            return Err(Fault::new(
                format!("challenger `{}` has the name of another challenger or learner", challenger.name),
                "Give it a name of its own",
                &["[[challenger]]", &quoted(&challenger.name)],
            ));
        }
        all.push(&challenger.name);
    }
    let baselines: Vec<&str> =
        file.learner.iter().filter(|l| l.kind == "baseline").map(|l| l.name.as_str()).collect();
    if baselines.is_empty() {
        return Err(Fault::new(
            "the study has no baseline, so that there is nothing to beat",
            "Add a [[learner]] with kind = \"baseline\" and the feature that it ranks by",
            &["[[learner]]"],
        ));
    }
    if file.rule.baseline == "best" {
        return Ok(());
    }
    known_name("baseline", &file.rule.baseline, &baselines, &["[rule]", "baseline"])
}

fn known_source<'a>(file: &'a StudyFile, name: &str, near: &[&str]) -> Result<&'a Source, Fault> {
    let names: Vec<&str> = file.sources.keys().map(String::as_str).collect();
    known_name("source", name, &names, near)?;
    file.sources.get(name).ok_or_else(|| Fault::new(format!("unknown source `{name}`"), "", near))
}

fn known_name(kind: &str, name: &str, known: &[&str], near: &[&str]) -> Checked {
    if known.contains(&name) {
        return Ok(());
    }
    let remedy = match nearest(name, known) {
        Some(suggestion) => format!("Did you mean `{suggestion}`? Known: {}", known.join(", ")),
        None => format!("Known: {}", known.join(", ")),
    };
    Err(Fault::new(format!("there is no {kind} `{name}`"), remedy, near))
}
