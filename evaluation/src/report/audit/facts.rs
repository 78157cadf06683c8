//! What the audit of a ready-made list or of counts found: everything that its page shows, as `audit.json`.

use models::Text;
use serde::{Deserialize, Serialize};

use crate::fairness::{FunnelFigures, FunnelStep, ListAudit, Stage};

/// Version of `audit.json`: readers refuse another major version.
pub const AUDIT_FORMAT: &str = "zichtlijn-audit 1";

/// An audit, from rows or from counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditReport {
    /// Format and its version.
    pub format: String,
    /// Program and version.
    pub software: String,
    /// What is audited, in the auditor's words.
    pub title: Text,
    /// The file that was read.
    pub source: AuditedFile,
    /// How rows came to be on the list; absent for an audit of counts.
    pub list: Option<AuditedList>,
    /// Per attribute (or combination of attributes) the audit of the rows.
    pub attributes: Vec<AuditedAttribute>,
    /// Per route through a table of counts its funnel.
    pub routes: Vec<AuditedRoute>,
    /// The command that makes this audit again.
    pub command: String,
}

/// The file behind an audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditedFile {
    /// Name of the file, without its folder.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// Rows that were used.
    pub rows: u64,
    /// Rows that a filter left out.
    pub left_out: u64,
    /// What each column that was read is used for: role, name of the column.
    pub columns: Vec<(String, String)>,
}

/// How rows came to be on the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditedList {
    /// The rule, in words.
    pub rule: Text,
    /// Rows (or what they stand for) on the list.
    pub listed: f64,
    /// Rows that share the last score and are on the list for a part, and that part; absent where no score is shared.
    pub tied: Option<(u64, f64)>,
    /// Rows with a known outcome.
    pub known: u64,
    /// Clusters of rows that are alike; absent where rows are independent.
    pub clusters: Option<u64>,
}

/// The audit of the rows by one attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditedAttribute {
    /// Name: the column, or columns joined by ` × `.
    pub name: String,
    /// Names of the groups.
    pub groups: Vec<Text>,
    /// Rates, gaps, funnel and warnings.
    pub audit: ListAudit,
}

/// A funnel from counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditedRoute {
    /// Names of the groups.
    pub groups: Vec<Text>,
    /// Number of the group that the others are compared with.
    pub reference: u32,
    /// The step to which counts were rounded; 0 for exact counts.
    pub rounding: f64,
    /// The counts.
    pub stages: Vec<Stage>,
    /// What each step does.
    pub steps: Vec<FunnelStep>,
}

/// A funnel with the names of its groups, wherever it comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Funnel<'a> {
    pub(crate) groups: &'a [Text],
    pub(crate) reference: usize,
    pub(crate) stages: &'a [Stage],
    pub(crate) steps: &'a [FunnelStep],
}

impl AuditedRoute {
    pub(crate) fn funnel(&self) -> Funnel<'_> {
        Funnel {
            groups: &self.groups,
            reference: self.reference as usize,
            stages: &self.stages,
            steps: &self.steps,
        }
    }
}

impl AuditedAttribute {
    pub(crate) fn funnel(&self) -> Funnel<'_> {
        Funnel {
            groups: &self.groups,
            reference: self.audit.reference as usize,
            stages: &self.audit.stages,
            steps: &self.audit.steps,
        }
    }
}

impl<'a> Funnel<'a> {
    /// Every group but the reference at every step that is no outcome: what whoever selects has done.
    pub(crate) fn selections(self) -> impl Iterator<Item = &'a FunnelFigures> {
        let steps = self.steps.iter().zip(self.stages.iter().skip(1)).filter(|(_, stage)| !stage.is_outcome);
        steps.flat_map(move |(step, _)| step.groups.iter().filter(move |g| g.group != self.reference))
    }

    /// Every group but the reference at every step.
    pub(crate) fn compared(self) -> impl Iterator<Item = (&'a FunnelStep, &'a FunnelFigures)> {
        self.steps.iter().flat_map(move |step| {
            step.groups.iter().filter(move |g| g.group != self.reference).map(move |g| (step, g))
        })
    }
}
