//! The OpenAPI document of `/v2`, apart from that of `/v1`: the Open Inference Protocol has a version of its own.

use serde_json::{Value, json};

use super::Scorer;
use crate::api::documents::common_answers;

/// The document for this model, under the address that links start with. Who may not score rows does not see how.
///
/// # Errors
/// When the embedded document is not JSON.
pub(super) fn write(scorer: &Scorer, base: &str, may_infer: bool) -> Result<Vec<u8>, serde_json::Error> {
    let mut document: Value = serde_json::from_str(include_str!("openapi.json"))?;
    document["servers"] = json!([{ "url": format!("{base}/v2") }]);
    document["info"]["version"] = crate::envelope::INFERENCE_VERSION.into();
    document["components"]["parameters"]["Name"]["schema"]["enum"] = json!([scorer.name()]);
    if may_infer {
        let names = scorer.features().iter().map(|feature| feature.name.as_str());
        let names: Vec<&str> = names.chain([super::request::FEATURES]).collect();
        document["components"]["schemas"]["Input"]["properties"]["name"]["enum"] = json!(names);
    } else if let Some(paths) = document["paths"].as_object_mut() {
        paths.remove(INFER);
    }
    common_answers(&mut document);
    serde_json::to_vec(&document)
}

/// The path of scoring rows.
const INFER: &str = "/models/{name}/infer";
