//! The report: one set of facts ([`Report`], written as `report.json`), from which the pages, the model card,
//! the register record and the cards of several frameworks follow.

mod audit;
mod cards;
mod closing;
mod data;
mod elsewhere;
mod every_term;
mod facts;
mod fairness;
mod foreign;
mod funnel;
mod gaps;
pub(crate) mod lang;
mod left_out;
mod methods;
mod mitigation;
mod model_card;
mod model_page;
pub(crate) mod page;
mod pairs;
mod plot;
mod price;
mod register;
mod residuals;
mod results;
mod shapes;
mod summary;
mod terms;
mod testing;
mod texts;
mod unknown;

pub use audit::{
    AUDIT_FORMAT, AuditReport, AuditedAttribute, AuditedFile, AuditedList, AuditedRoute, audit_html,
};
pub use cards::{Answer, Card, card_files, card_page, cards};
pub use elsewhere::Elsewhere;
pub use every_term::models_page;
pub use facts::{
    Dropped, FORMAT, FeaturePassport, FileHash, Finding, InputFile, LockedRule, ParityCheck, ReplayStep,
    Report, ResidualLikeness, RowUnit, SCHEMA, Severity, SplitFacts, StudyFacts, TopArea, TopAreas,
};
pub use foreign::ForeignModel;
pub use lang::Lang;
pub use left_out::LeftOut;
pub use model_card::model_card;
pub use page::{html, page_file};
pub use pairs::{Bin, Side};
pub use price::{Price, price};
pub use register::algorithm_register;
pub use terms::{CardTotal, Category, Condition, ModelSummary, Step, TermShape, TermSummary};
