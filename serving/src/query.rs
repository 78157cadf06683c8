//! Query parameters, read strictly: an unknown or doubled name and a bad value are errors that say what
//! is allowed, so that a typing error never silently answers another question.

use axum::extract::Query;
use axum::http::Uri;

use crate::language::Language;
use crate::problem::{Problem, listed, quoted, text};

/// The parameters of one request, all of known names.
#[derive(Debug)]
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
}

impl Parameters {
    /// Reads the query; `known` are the names that this resource takes besides `lang`.
    ///
    /// # Errors
    /// 400 for an unknown or doubled name, or a `lang` other than `nl` and `en`.
    pub(crate) fn read(uri: &Uri, known: &[&str]) -> Result<Self, Problem> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(|cause| {
            let text = text(
                format!("De parameters achter het vraagteken zijn niet te lezen: {cause}"),
                format!("The parameters after the question mark cannot be read: {cause}"),
            );
            Problem::parameter("", "query.unreadable", text)
        })?;
        for (i, (name, _)) in pairs.iter().enumerate() {
            if name != "lang" && !known.contains(&name.as_str()) {
                return Err(unknown(name, known));
            }
            if pairs[..i].iter().any(|(earlier, _)| earlier == name) {
                return Err(doubled(name));
            }
        }
        let parameters = Self { pairs };
        if let Some(tag) = parameters.get("lang")
            && !Language::TAGS.contains(&tag)
        {
            return Err(not_allowed("lang", tag, &listed(Language::TAGS)));
        }
        Ok(parameters)
    }

    /// All names and values, in the order of the address.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// 400 for a value outside the allowed ones.
pub(crate) fn not_allowed(name: &str, value: &str, allowed: &str) -> Problem {
    let value = quoted(value);
    Problem::parameter(
        name,
        "value.not_allowed",
        text(
            format!("De waarde {value} van '{name}' kan niet. Toegestaan: {allowed}."),
            format!("The value {value} of '{name}' is not possible. Allowed: {allowed}."),
        ),
    )
}

fn unknown(name: &str, known: &[&str]) -> Problem {
    let allowed = listed(known.iter().copied().chain(["lang"]));
    let shown = quoted(name);
    Problem::parameter(
        name,
        "parameter.unknown",
        text(
            format!("De parameter {shown} bestaat hier niet. Toegestaan: {allowed}."),
            format!("The parameter {shown} does not exist here. Allowed: {allowed}."),
        ),
    )
}

fn doubled(name: &str) -> Problem {
    Problem::parameter(
        name,
        "parameter.doubled",
        text(
            format!("De parameter '{name}' staat er meer dan één keer. Geef hem één keer."),
            format!("The parameter '{name}' is given more than once. Give it once."),
        ),
    )
}
