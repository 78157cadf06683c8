//! Two study files, key by key.

use toml::{Table, Value};

use super::{About, Cause};

/// Every setting that differs, in words. `bundle` is the study of the bundle, `other` the one beside it, called `file`.
///
/// # Errors
/// When one of them is no TOML; the message says which and where.
pub(crate) fn differences(bundle: &str, other: &str, file: &str) -> Result<Vec<Cause>, String> {
    let read = |text: &str, name: &str| {
        toml::from_str::<Table>(text).map_err(|e| format!("{name} is no TOML: {}", e.message()))
    };
    let (before, after) = (read(bundle, "study.toml of the bundle")?, read(other, file)?);
    let mut found = Vec::new();
    tables("", &before, &after, &mut |path, before, after| found.push(cause(path, before, after, file)));
    Ok(found)
}

type Tell<'t> = &'t mut dyn FnMut(&str, Option<&Value>, Option<&Value>);

fn tables(path: &str, before: &Table, after: &Table, tell: Tell<'_>) {
    let more = after.keys().filter(|key| !before.contains_key(*key));
    for key in before.keys().chain(more) {
        let dot = if path.is_empty() { "" } else { "." };
        values(&format!("{path}{dot}{key}"), before.get(key), after.get(key), tell);
    }
}

fn values(path: &str, before: Option<&Value>, after: Option<&Value>, tell: Tell<'_>) {
    match (before, after) {
        (Some(Value::Table(a)), Some(Value::Table(b))) => tables(path, a, b, tell),
        (Some(Value::Array(a)), Some(Value::Array(b))) if named(a) && named(b) => {
            let of = |list: &[Value], name: &str| list.iter().find(|one| name_of(one) == Some(name)).cloned();
            let names = a.iter().filter_map(name_of);
            let more = b.iter().filter_map(name_of).filter(|name| of(a, name).is_none());
            for name in names.chain(more) {
                values(&format!("{path}[{name}]"), of(a, name).as_ref(), of(b, name).as_ref(), tell);
            }
            let order =
                |list: &[Value]| list.iter().filter_map(name_of).map(str::to_owned).collect::<Vec<_>>();
            let (first, then) = (order(a), order(b));
            if first != then && first.len() == then.len() && first.iter().all(|name| then.contains(name)) {
                let list = |names: &[String]| Value::String(names.join(", "));
                tell(&format!("{path} (their order)"), Some(&list(&first)), Some(&list(&then)));
            }
        }
        (a, b) if a == b => {}
        (a, b) => tell(path, a, b),
    }
}

/// Lists of features, learners and the like go by name, so that one more does not shift the others.
fn named(list: &[Value]) -> bool {
    !list.is_empty() && list.iter().all(|one| name_of(one).is_some())
}

fn name_of(value: &Value) -> Option<&str> {
    value.as_table()?.get("name")?.as_str()
}

fn cause(path: &str, before: Option<&Value>, after: Option<&Value>, file: &str) -> Cause {
    let (a, b) = (shown(before), shown(after));
    let told = format!("the bundle's study says {a}, {file} says {b}");
    let entry = |kind: &str| {
        let rest = path.strip_prefix(kind)?.strip_prefix('[')?;
        let (name, key) = rest.split_once(']')?;
        Some((name.to_owned(), key.trim_start_matches('.').to_owned()))
    };
    if path == "study.seed" {
        return Cause::new(About::Seed, format!("the seed (`study.seed`): {told}"));
    }
    match (entry("feature"), path.starts_with("feature")) {
        (Some((name, key)), _) if key.is_empty() => {
            let what = if before.is_some() {
                "is only in the bundle's study"
            } else {
                "is not in the bundle's study"
            };
            Cause::new(About::Feature, format!("feature `{name}` {what}, compared with {file}"))
        }
        (Some((name, key)), _) => {
            Cause::new(About::Feature, format!("feature `{name}`, key `{key}`: {told}"))
        }
        (None, true) => Cause::new(About::Feature, format!("`{path}`: {told}")),
        (None, false) => Cause::new(About::Study, format!("setting `{path}`: {told}")),
    }
}

fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else { return "nothing".to_owned() };
    let text = value.to_string().replace('\n', " ");
    if text.chars().count() <= 100 {
        text
    } else {
        format!("{}…", text.chars().take(100).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STUDY: &str =
        "[study]\nseed = 1\n[[feature]]\nname = \"a\"\nwindows = [\"1 year\"]\n[[feature]]\nname = \"b\"\n";

    fn told(other: &str) -> Vec<String> {
        differences(STUDY, other, "s.toml").unwrap().into_iter().map(|cause| cause.text).collect()
    }

    #[test]
    fn each_changed_key_is_named_with_old_and_new() {
        assert!(told(STUDY).is_empty());
        assert!(told(&format!("# a comment\n{STUDY}")).is_empty(), "comments change nothing");
        assert_eq!(
            told(&STUDY.replace("1 year", "2 years")),
            ["feature `a`, key `windows`: the bundle's study says [\"1 year\"], s.toml says [\"2 years\"]"]
        );
        assert_eq!(
            told(&STUDY.replace("seed = 1", "seed = 2")),
            ["the seed (`study.seed`): the bundle's study says 1, s.toml says 2"]
        );
        let without = STUDY.replace("[[feature]]\nname = \"b\"\n", "");
        assert_eq!(told(&without), ["feature `b` is only in the bundle's study, compared with s.toml"]);
        let swapped = STUDY.replace("\"a\"", "\"c\"").replace("\"b\"", "\"a\"").replace("\"c\"", "\"b\"");
        assert!(told(&swapped).iter().any(|line| line.contains("their order")), "{:?}", told(&swapped));
    }

    #[test]
    fn what_is_no_toml_is_told_by_name() {
        assert!(differences(STUDY, "[[", "s.toml").unwrap_err().starts_with("s.toml is no TOML"));
    }
}
