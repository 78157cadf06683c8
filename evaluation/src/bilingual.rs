//! A page of its own with everything twice: Dutch first, English below it.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use models::Text;

use crate::report::lang::{Lang, Pair};
use crate::report::page::STYLE;

/// A self-contained page: no scripts, nothing from elsewhere.
pub(crate) fn page(kind: Pair, title: &Text, body: impl Fn(Lang) -> Markup, foot: &str) -> String {
    html! {
        (DOCTYPE)
        html lang="nl" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:";
                link rel="icon" href="data:,";
                title { (Lang::Nl.text(title)) " – " (Lang::Nl.of(kind)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#inhoud" { "Naar de inhoud" }
                header {
                    p.kind { (Lang::Nl.of(kind)) }
                    h1 { (Lang::Nl.text(title)) }
                    p.other { a href="#english" lang="en" { "English below" } }
                }
                main #inhoud tabindex="-1" {
                    section { (body(Lang::Nl)) }
                    section #english lang="en" {
                        h2 { (Lang::En.of(kind)) ": " (Lang::En.text(title)) }
                        (body(Lang::En))
                    }
                }
                footer { p { (foot) } }
            }
        }
    }
    .into_string()
}
