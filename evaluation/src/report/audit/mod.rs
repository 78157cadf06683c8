//! The page and the figures of an audit without a model: of a ready-made list, or of counts alone.

mod conclusions;
mod facts;
mod funnel;
mod groups;
mod page;
mod words;

pub use facts::{AUDIT_FORMAT, AuditReport, AuditedAttribute, AuditedFile, AuditedList, AuditedRoute};
pub use page::audit_html;
