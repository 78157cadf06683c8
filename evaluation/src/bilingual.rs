//! A page of its own with everything twice: Dutch first, English below it.

use maud::{Markup, html};
use models::Text;

use crate::report::lang::{Lang, Pair};
use crate::report::page::Frame;

/// A self-contained page: no scripts, nothing from elsewhere.
pub(crate) fn page(kind: Pair, title: &Text, body: impl Fn(Lang) -> Markup, foot: &str) -> String {
    let links = html! { a href="#english" lang="en" { "English below" } };
    let main = html! {
        section { (body(Lang::Nl)) }
        section #english lang="en" {
            h2 { (Lang::En.of(kind)) ": " (Lang::En.text(title)) }
            (body(Lang::En))
        }
    };
    let (lang, kind, title) = (Lang::Nl, Lang::Nl.of(kind), Lang::Nl.text(title));
    Frame { lang, kind, title, twin: None, links: &links, foot }.around(&main)
}
