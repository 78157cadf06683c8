//! Writes the report of a made-up town to a folder: `cargo run --release --example report -- FOLDER`.
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "an example on made-up data"
)]

use std::path::Path;

use evaluation::report::{
    Lang, SCHEMA, algorithm_register, card_files, card_page, cards, html, model_card, models_page,
};

mod made_up;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "made-up-report".to_owned());
    let folder = Path::new(&folder);
    let report = made_up::report();
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("index.html"), html(&report, Lang::Nl))?;
    std::fs::write(folder.join("index.en.html"), html(&report, Lang::En))?;
    std::fs::write(folder.join("model-card.md"), model_card(&report))?;
    std::fs::write(folder.join("report.json"), serde_json::to_string_pretty(&report)?)?;
    std::fs::write(folder.join("report.schema.json"), SCHEMA)?;
    for (name, card) in card_files(&report) {
        std::fs::write(folder.join(name), serde_json::to_string_pretty(&card)?)?;
    }
    std::fs::write(folder.join("models.html"), models_page(&report, Lang::Nl))?;
    std::fs::write(folder.join("models.en.html"), models_page(&report, Lang::En))?;
    for card in cards(&report) {
        for (lang, ending) in [(Lang::Nl, "html"), (Lang::En, "en.html")] {
            std::fs::write(folder.join(format!("{}.{ending}", card.file)), card_page(&card, &report, lang))?;
        }
    }
    std::fs::write(
        folder.join("algorithm-register.json"),
        serde_json::to_string_pretty(&algorithm_register(&report))?,
    )
}
