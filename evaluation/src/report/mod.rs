//! The report: one set of facts ([`Report`], written as `report.json`), from which the pages, the model card
//! and the register record follow.

mod audit;
mod closing;
mod data;
mod facts;
mod fairness;
mod gaps;
mod lang;
mod methods;
mod model_card;
mod model_page;
mod page;
mod plot;
mod register;
mod results;
mod shapes;
mod summary;
mod terms;
mod testing;
mod texts;

pub use audit::{
    AUDIT_FORMAT, AuditReport, AuditedAttribute, AuditedFile, AuditedList, AuditedRoute, audit_html,
};
pub use facts::{
    Dropped, FORMAT, FeaturePassport, FileHash, Finding, InputFile, LockedRule, ParityCheck, ReplayStep,
    Report, RowUnit, Severity, SplitFacts, StudyFacts, TopArea, TopAreas,
};
pub use lang::Lang;
pub use model_card::model_card;
pub use page::html;
pub use register::algorithm_register;
pub use terms::{CardTotal, Category, Condition, ModelSummary, Price, Step, TermShape, TermSummary, price};
