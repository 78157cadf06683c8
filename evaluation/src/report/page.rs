//! The page around the chapters: head, style, contents, and the table that all chapters use.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::report::facts::Report;
use crate::report::lang::{Lang, Pair};
use crate::report::{closing, data, fairness, model_page, results, summary, testing, texts, unknown};

const BACK: Pair = Pair("Naar het rapport", "To the report");

/// The report as one self-contained page: no scripts, nothing from elsewhere.
///
/// The page in the other language is linked as `index.html` (Dutch) and `index.en.html` (English).
#[must_use]
pub fn html(report: &Report, lang: Lang) -> String {
    let title = lang.text(&report.title);
    let chapters = [
        data::purpose(report, lang),
        data::origin(report, lang),
        data::features(report, lang),
        testing::chapter(report, lang),
        results::chapter(report, lang),
        results::calibration(report, lang),
        fairness::chapter(report, lang),
        unknown::chapter(report, lang),
        model_page::chapter(report, lang),
        closing::limits(report, lang),
        closing::replay(report, lang),
    ];
    let main = in_chapters(&summary::section(report, lang), &texts::CHAPTERS, &chapters, lang);
    sheet(report, lang, "index", lang.of(texts::KIND_OF_PAGE), title, &main)
}

/// A summary, the list of chapters, and the numbered chapters themselves.
pub(crate) fn in_chapters(
    summary: &Markup,
    names: &[(&str, Pair)],
    chapters: &[Markup],
    lang: Lang,
) -> Markup {
    html! {
        (summary)
        nav aria-labelledby="inhoudsopgave" {
            h2 #inhoudsopgave { (lang.of(texts::CONTENTS)) }
            ol { @for (id, name) in names { li { a href=(format!("#{id}")) { (lang.of(*name)) } } } }
        }
        @for (number, ((id, name), chapter)) in (1u32..).zip(names.iter().zip(chapters)) {
            section aria-labelledby=(id) {
                h2 id=(id) { (number) ". " (lang.of(*name)) }
                (chapter)
            }
        }
    }
}

/// File of a page in this language: `index.html`, `index.en.html`.
#[must_use]
pub fn page_file(name: &str, lang: Lang) -> String {
    format!("{name}.{}", lang.of(Pair("html", "en.html")))
}

/// A page of the report around its main part. `name` is that of its file without ending; a page other than the report links to it.
pub(crate) fn sheet(
    report: &Report,
    lang: Lang,
    name: &str,
    kind: &str,
    title: &str,
    main: &Markup,
) -> String {
    let back = html! {
        @if name != "index" { a href=(page_file("index", lang)) { (lang.of(BACK)) } " · " }
    };
    let foot = format!("{} · {}", report.software, report.format);
    let twin = Twin { name, invitation: lang.of(texts::OTHER_LANGUAGE), software: &report.software };
    Frame { lang, kind, title, twin: Some(twin), links: &back, foot: &foot }.around(main)
}

/// What stands around the main part of a page.
pub(crate) struct Frame<'a> {
    pub(crate) lang: Lang,
    /// What sort of page it is.
    pub(crate) kind: &'a str,
    pub(crate) title: &'a str,
    /// The same page in the other language, for pages that have one.
    pub(crate) twin: Option<Twin<'a>>,
    /// Links below the title, before that to the twin.
    pub(crate) links: &'a Markup,
    pub(crate) foot: &'a str,
}

/// The same page in the other language.
pub(crate) struct Twin<'a> {
    /// Name of the file without ending.
    pub(crate) name: &'a str,
    /// What the link says, in the other language.
    pub(crate) invitation: &'a str,
    /// Name and version of the software.
    pub(crate) software: &'a str,
}

impl Frame<'_> {
    /// A self-contained page: no scripts, nothing from elsewhere.
    pub(crate) fn around(&self, main: &Markup) -> String {
        let lang = self.lang;
        let other = if lang == Lang::Nl { Lang::En } else { Lang::Nl };
        html! {
            (DOCTYPE)
            html lang=(lang.code()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:";
                    @if let Some(twin) = &self.twin { meta name="generator" content=(twin.software); }
                    link rel="icon" href="data:,";
                    @if let Some(twin) = &self.twin {
                        link rel="alternate" hreflang=(other.code()) href=(page_file(twin.name, other));
                    }
                    title { (self.title) " – " (self.kind) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    a.skip href="#inhoud" { (lang.of(texts::SKIP)) }
                    header {
                        p.kind { (self.kind) }
                        h1 { (self.title) }
                        p.other {
                            (self.links)
                            @if let Some(twin) = &self.twin {
                                a href=(page_file(twin.name, other)) hreflang=(other.code()) lang=(other.code()) { (twin.invitation) }
                            }
                        }
                    }
                    main #inhoud tabindex="-1" { (main) }
                    footer { p { (self.foot) } }
                }
            }
        }
        .into_string()
    }
}

/// A table with a caption. The first cell of each row names the row.
pub(crate) fn table(caption: &str, head: &[String], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.table role="region" aria-label=(caption) tabindex="0" {
            table {
                caption { (caption) }
                thead { tr { @for name in head { th scope="col" { (name) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (i, cell) in row.iter().enumerate() {
                                @if i == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Columns beside the first that fit on paper.
const FIT: usize = 5;

/// A table that may have more columns than fit on paper: then in parts, each with the first column.
pub(crate) fn wide_table(caption: &str, head: &[String], rows: &[Vec<Markup>]) -> Markup {
    let beside = head.len().saturating_sub(1);
    if beside <= FIT + 1 {
        return table(caption, head, rows);
    }
    let parts = beside.div_ceil(FIT);
    let size = beside.div_ceil(parts);
    html! {
        @for part in 0..parts {
            @let columns: Vec<usize> = std::iter::once(0).chain((1..=beside).skip(part * size).take(size)).collect();
            @let own_head: Vec<String> = columns.iter().map(|&c| head[c].clone()).collect();
            @let own_rows: Vec<Vec<Markup>> =
                rows.iter().map(|row| columns.iter().filter_map(|&c| row.get(c).cloned()).collect()).collect();
            (table(&format!("{caption} ({}/{parts})", part + 1), &own_head, &own_rows))
        }
    }
}

/// Column heads in this language.
pub(crate) fn head(lang: Lang, names: &[Pair]) -> Vec<String> {
    names.iter().map(|n| lang.of(*n).to_owned()).collect()
}

/// A chart with its caption.
pub(crate) fn figure(caption: &str, chart: &Markup) -> Markup {
    html! { figure { (chart) figcaption { (caption) } } }
}

/// Plain text as a cell.
pub(crate) fn plain(text: impl AsRef<str>) -> Markup {
    html! { (text.as_ref()) }
}

const STYLE: &str = "
:root{--ink:#1b1f24;--soft:#545d68;--line:#c9d1d9;--back:#f4f6f8;--one:#154273;--two:#a04000;--three:#39670f;--four:#7a1f6b}
*{box-sizing:border-box}
html{font:100%/1.55 system-ui,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif;color:var(--ink);background:#fff}
body{margin:0 auto;max-width:62rem;padding:0 1.25rem 3rem}
a{color:var(--one)}a:focus-visible,[tabindex]:focus-visible{outline:3px solid #f9b233;outline-offset:2px}
.skip{position:absolute;left:-100rem}.skip:focus{left:1rem;top:.5rem;background:#fff;padding:.5rem 1rem;z-index:9}
header{border-bottom:4px solid var(--one);padding:1.5rem 0 .75rem;margin-bottom:1.5rem}
.kind{margin:0;color:var(--soft)}.other{margin:.25rem 0 0}
h1{font-size:1.9rem;line-height:1.2;margin:.1rem 0 .25rem;text-wrap:balance}
h2{font-size:1.4rem;line-height:1.25;margin:2.75rem 0 .75rem;padding-bottom:.25rem;border-bottom:1px solid var(--line)}
h3{font-size:1.1rem;margin:1.75rem 0 .5rem}
p,li{max-width:46rem;overflow-wrap:anywhere}
nav ol{columns:2;padding-left:1.4rem}
.verdict{border-left:.5rem solid;padding:.75rem 1.25rem;background:var(--back);margin:1rem 0}
.verdict strong{display:block;font-size:1.35rem}.verdict p{margin:.25rem 0 0}
.yes{border-color:#39670f}.no{border-color:#a01f1f}
.keys{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.75rem;margin:1.25rem 0;padding:0}
.keys div{border:1px solid var(--line);border-top:4px solid var(--one);padding:.6rem .8rem;display:flex;flex-direction:column}
.keys dt{font-weight:600;line-height:1.25}.keys dd{margin:0}
.keys .value{display:block;font-size:1.7rem;font-weight:700;line-height:1.3;color:var(--one)}
.keys .note{color:var(--soft);font-size:.85rem;line-height:1.4;margin-top:.4rem}
.interval,.n{display:block;color:var(--soft);font-size:.85em;white-space:nowrap}
.table{overflow-x:auto;margin:1rem 0 1.5rem}
table{border-collapse:collapse;width:100%;font-size:.88rem;line-height:1.4;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;font-size:1rem;padding:.25rem 0 .4rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
thead th{background:var(--back);border-bottom:2px solid var(--soft);vertical-align:bottom}
tbody th{font-weight:600}
td ul{margin:0;padding-left:1rem}
code{font-family:ui-monospace,Consolas,monospace;font-size:.85em;overflow-wrap:anywhere}
pre{background:var(--back);padding:.6rem .9rem;white-space:pre-wrap;margin:.35rem 0 1rem}
.small{font-size:.85rem;color:var(--soft)}
.write{border-left:.4rem solid #a04000;background:#fff6ee;padding:.5rem .9rem}.question h2{font-size:1.15rem;margin-top:1.75rem}
.date{white-space:nowrap}.words{columns:14rem;font-size:.9rem}
body{counter-reset:figure table}
figcaption::before{counter-increment:figure;content:'Figuur ' counter(figure) '. '}caption::before{counter-increment:table;content:'Tabel ' counter(table) '. '}
:lang(en) figcaption::before{content:'Figure ' counter(figure) '. '}:lang(en) caption::before{content:'Table ' counter(table) '. '}
figure{margin:1.25rem 0 .5rem}figcaption{font-weight:600;margin-top:.25rem}
svg{display:block;width:100%;max-width:45rem;height:auto;font:12px system-ui,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif}
svg text{fill:var(--ink)}svg .middle{text-anchor:middle}svg .end{text-anchor:end}svg .muted{fill:var(--soft)}
svg .axis{font-weight:600}.grid line{stroke:#dde2e8}.grid text{fill:var(--soft)}
.diagonal{stroke:var(--soft);stroke-width:1.5;stroke-dasharray:2 4}
polyline{fill:none;stroke-width:2.5}.bar{stroke-width:1.75}
.s0{stroke:var(--one);fill:var(--one)}.s1{stroke:var(--two);fill:var(--two)}.s2{stroke:var(--three);fill:var(--three)}.s3{stroke:var(--four);fill:var(--four)}
.s0 polyline,.s1 polyline,.s2 polyline,.s3 polyline{fill:none}
.s1 polyline{stroke-dasharray:8 4}.s2 polyline{stroke-dasharray:2 3}.s3 polyline{stroke-dasharray:10 3 2 3}
footer{margin-top:3rem;border-top:1px solid var(--line);color:var(--soft);font-size:.85rem}
@page{size:A4;margin:16mm 14mm}
@media print{html{font-size:9.5pt}body{max-width:none;padding:0}.skip,.other{display:none}a{color:inherit;text-decoration:none}
.table{overflow:visible}table{font-size:7.6pt}th,td{padding:2pt 4pt}.interval,.n{white-space:normal}
tr,figure,.verdict,.keys div,pre{break-inside:avoid}thead{display:table-header-group;break-after:avoid}caption,h2,h3{break-after:avoid}caption{break-inside:avoid}tbody tr:nth-child(-n+2){break-before:avoid}
.keys{grid-template-columns:repeat(5,1fr);gap:5pt}.keys div{padding:5pt}.keys .value{font-size:15pt}.summary{break-after:page}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}svg{max-width:150mm}}
";
