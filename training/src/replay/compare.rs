//! Two bundles against each other, file by file.

use std::collections::BTreeMap;

use evaluation::report::Report;
use serde_json::Value;

use super::json::{figures, parts};
use super::{Difference, How, Replay};
use crate::pipeline::{self, PipelineError};

/// Everything that is not compared, with the reason. Nothing else is left out.
pub(crate) const MACHINE_FACTS: [(&str, &str); 4] = [
    (
        "report/report.json: parity[*].largest_difference, and what the pages say of it",
        "ONNX backends compute in 32 bits by the processor's own instructions; it must be within the tolerance on both machines",
    ),
    (
        "report/report.json: parity[*] of a backend that was not given to this replay",
        "not every machine has ONNX Runtime; give it with --onnxruntime to compare it too",
    ),
    ("manifest.json: files", "the hashes of the files; every file is compared itself"),
    ("manifest.json: inputs", "the hashes of the input files; told as causes, row by row"),
];

/// Values of a JSON file that are told, at most.
const TOLD: usize = 5;
const REPORT: &str = "report/report.json";

/// The files of a bundle by name, the manifest among them.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// Compares all files, and writes what differs and what was the same into `found`.
///
/// # Errors
/// When the pages of the replayed report cannot be made again.
pub(crate) fn compare(bundle: &Files, mut replay: Files, found: &mut Replay) -> Result<(), PipelineError> {
    adopt_machine_facts(bundle, &mut replay, found)?;
    for (file, bytes) in bundle {
        let how = match replay.get(file) {
            None => Some(How::NotMadeAgain),
            Some(again) => difference(file, bytes, again),
        };
        match how {
            Some(how) => found.differences.push(Difference { file: file.clone(), how }),
            None => found.same.extend(figures_of(file, bytes)),
        }
    }
    let more = replay.keys().filter(|file| !bundle.contains_key(*file));
    found.differences.extend(more.map(|file| Difference { file: file.clone(), how: How::NotInBundle }));
    let same = bundle.len() - found.differences.iter().filter(|d| d.how != How::NotInBundle).count();
    found.same.insert(0, format!("{same} of {} files", bundle.len()));
    Ok(())
}

/// Figures of the files that a reader asks for first.
fn figures_of(file: &str, bytes: &[u8]) -> Option<String> {
    let what = match file {
        models::bundle::MODEL => "of the model",
        models::bundle::SCORES => "of the scores",
        REPORT => "of the report",
        _ => return None,
    };
    let value: Value = serde_json::from_slice(bytes).ok()?;
    Some(format!("{} figures {what}", figures(&value)))
}

fn difference(file: &str, bundle: &[u8], replay: &[u8]) -> Option<How> {
    if bundle == replay {
        return None;
    }
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
    if file.ends_with("json")
        && let (Some(mut a), Some(mut b)) = (json(bundle), json(replay))
    {
        if file == models::bundle::MANIFEST {
            [&mut a, &mut b].into_iter().for_each(without_hashes);
            if a == b {
                return None;
            }
        }
        let mut first = parts(&a, &b);
        let count = first.len();
        first.truncate(TOLD);
        if count > 0 {
            return Some(How::Values { count, first });
        }
    }
    Some(text(bundle, replay).unwrap_or_else(|| byte(bundle, replay)))
}

fn without_hashes(manifest: &mut Value) {
    if let Some(object) = manifest.as_object_mut() {
        object.remove("files");
        object.remove("inputs");
    }
}

/// The first line that differs, where both are texts.
fn text(bundle: &[u8], replay: &[u8]) -> Option<How> {
    let (a, b) = (std::str::from_utf8(bundle).ok()?, std::str::from_utf8(replay).ok()?);
    let (mut a, mut b) = (a.lines(), b.lines());
    for line in 1.. {
        let (bundle, replay) = (a.next(), b.next());
        if bundle.is_none() && replay.is_none() {
            return None;
        }
        if bundle != replay {
            let (bundle, replay) = apart(bundle.unwrap_or_default(), replay.unwrap_or_default());
            return Some(How::Line { line, bundle, replay });
        }
    }
    None
}

/// The part of two lines around the first character that differs: a page may be one line.
fn apart(bundle: &str, replay: &str) -> (String, String) {
    let same = bundle.chars().zip(replay.chars()).take_while(|(a, b)| a == b).count();
    let from = same.saturating_sub(30);
    let cut = |text: &str| text.chars().skip(from).take(90).collect::<String>();
    (cut(bundle), cut(replay))
}

fn byte(bundle: &[u8], replay: &[u8]) -> How {
    let at = bundle.iter().zip(replay).take_while(|(a, b)| a == b).count();
    How::Byte { at, lengths: (bundle.len(), replay.len()) }
}

/// Puts the bundle's machine facts into the replayed report, and makes its pages again where that changes them.
fn adopt_machine_facts(bundle: &Files, replay: &mut Files, found: &mut Replay) -> Result<(), PipelineError> {
    let read =
        |files: &Files| files.get(REPORT).and_then(|bytes| serde_json::from_slice::<Report>(bytes).ok());
    let (Some(kept), Some(mut again)) = (read(bundle), read(replay)) else { return Ok(()) };
    let before = again.parity.clone();
    for check in &kept.parity {
        match again.parity.iter_mut().find(|own| own.backend == check.backend) {
            Some(own) if check.largest_difference <= own.tolerance => {
                own.largest_difference = check.largest_difference;
            }
            Some(_) => {}
            None => {
                again.parity.push(check.clone());
                found
                    .left_out
                    .push(format!("the comparison with {}: not given to this replay", check.backend));
            }
        }
    }
    if again.parity == before {
        return Ok(());
    }
    found.left_out.push("the rounding differences between ONNX backends of the two machines".to_owned());
    replay.extend(pipeline::pages(&again)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> Files {
        list.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn every_kind_of_file_tells_where_it_parts() {
        let bundle =
            files(&[("a.json", "{\"x\": 1}"), ("p.html", "<p>one</p>"), ("m.onnx", "\u{1}ab"), ("gone", "")]);
        let mut again = files(&[("a.json", "{\"x\": 2}"), ("p.html", "<p>two</p>"), ("new", "")]);
        again.insert("m.onnx".to_owned(), vec![1, 0xFF, 98]);
        let mut found = Replay::default();
        compare(&bundle, again, &mut found).unwrap();
        let how = |name: &str| &found.differences.iter().find(|d| d.file == name).unwrap().how;
        assert!(matches!(how("a.json"), How::Values { count: 1, first } if first[0].path == "x"));
        assert!(matches!(how("p.html"), How::Line { line: 1, .. }));
        assert_eq!(*how("m.onnx"), How::Byte { at: 1, lengths: (3, 3) });
        assert_eq!((how("gone"), how("new")), (&How::NotMadeAgain, &How::NotInBundle));
        assert_eq!(found.same, ["0 of 4 files"]);
    }

    #[test]
    fn only_hashes_of_the_manifest_are_left_out() {
        let manifest =
            |title: &str, hash: &str| format!("{{\"title\": \"{title}\", \"files\": {{\"a\": \"{hash}\"}}}}");
        let differs = |a: &str, b: &str| difference(models::bundle::MANIFEST, a.as_bytes(), b.as_bytes());
        assert_eq!(differs(&manifest("t", "1"), &manifest("t", "2")), None);
        assert!(differs(&manifest("t", "1"), &manifest("u", "1")).is_some());
    }
}
