//! The boosting machine on the prepared sets of `benches/peers/ebm.py`:
//! `ebm_folds SET_FOLDER SPLIT OUT [SETTINGS_TOML]`.
//!
//! Writes predictions of the test rows to OUT.f64 and seconds and peak memory to OUT.json.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a program to measure with")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use models::learner::{Ebm, EbmSettings, Learner, Monitor, Step, TrainingData};
use models::{Feature, FeatureKind, Matrix, Passport, Schema, Shape, Text};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, split, out, rest @ ..] = arguments.as_slice() else {
        panic!("SET_FOLDER SPLIT OUT [SETTINGS]")
    };
    let mut settings: EbmSettings = toml::from_str(rest.first().map_or("", String::as_str)).unwrap();
    let folder = Path::new(folder);
    let told: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("set.json")).unwrap()).unwrap();
    if settings.loss.is_none() {
        settings.loss = Some(serde_json::from_value(told["loss"].clone()).unwrap());
    }
    let [train, test] =
        ["train", "test"].map(|part| rows_of(&folder.join(format!("split_{split}_{part}.u32"))));
    let (schema, total) = (schema(&told), told["rows"].as_u64().unwrap() as usize);
    let learn = matrix(folder, &schema, total, &train);
    let [outcome, exposure] =
        ["outcome.f64", "exposure.f64"].map(|f| pick(&read(&folder.join(f), f64::from_le_bytes), &train));
    let group = pick(&rows_of_u32(&folder.join("group.u32")), &train);
    let weight = vec![1.0; train.len()];
    let data = TrainingData::new(&learn, &outcome, &exposure, &weight, &group).unwrap();

    let (wall, cpu) = (Instant::now(), cpu_seconds());
    let course = Course::default();
    let model = Ebm::new("ebm", Text::default(), settings).fit(&data, &course).unwrap();
    let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let peak = peak_mib();

    let check = matrix(folder, &schema, total, &test);
    let bytes: Vec<u8> = model.predict(&check).into_iter().flat_map(f64::to_le_bytes).collect();
    std::fs::write(format!("{out}.f64"), bytes).unwrap();
    let pairs = model.terms.iter().filter(|t| matches!(t.shape, Shape::Grid { .. })).count();
    let report = serde_json::json!({
        "wall": wall, "cpu": cpu, "peak_mib": peak, "sha256": told["sha256"], "terms": model.terms.len(),
        "pairs": pairs, "bags": model.spread.as_ref().map_or(0, |s| s.bags.len()),
        "model_kib": model.to_json().unwrap().len() / 1024, "losses": *course.0.lock().unwrap(),
    });
    std::fs::write(format!("{out}.json"), report.to_string()).unwrap();
}

/// The loss of the groups left out, per stage and round.
#[derive(Default)]
struct Course(Mutex<BTreeMap<&'static str, Vec<f64>>>);

impl Monitor for Course {
    fn step(&self, step: &Step) {
        self.0.lock().unwrap().entry(step.stage).or_default().extend(step.loss);
    }
}

fn schema(told: &serde_json::Value) -> Schema {
    let feature = |f: &serde_json::Value| Feature {
        name: f["name"].as_str().unwrap().to_owned(),
        label: Text::default(),
        unit: String::new(),
        kind: if f["kind"] == "nominal" {
            FeatureKind::Nominal { categories: serde_json::from_value(f["categories"].clone()).unwrap() }
        } else {
            FeatureKind::Continuous
        },
        passport: Passport::default(),
    };
    Schema { features: told["features"].as_array().unwrap().iter().map(feature).collect() }
}

fn read<T, const N: usize>(path: &Path, from: impl Fn([u8; N]) -> T) -> Vec<T> {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    bytes.as_chunks::<N>().0.iter().map(|chunk| from(*chunk)).collect()
}

fn rows_of_u32(path: &Path) -> Vec<u32> {
    read(path, u32::from_le_bytes)
}

fn rows_of(path: &Path) -> Vec<usize> {
    rows_of_u32(path).into_iter().map(|row| row as usize).collect()
}

fn pick<T: Copy>(all: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().map(|&i| all[i]).collect()
}

/// One column at a time, so that the file is never in memory as a whole.
fn matrix(folder: &Path, schema: &Schema, total: usize, rows: &[usize]) -> Matrix {
    use std::io::Read as _;
    let mut file = std::fs::File::open(folder.join("columns.f32")).unwrap();
    let mut bytes = vec![0; 4 * total];
    let columns = schema.features.iter().map(|_| {
        file.read_exact(&mut bytes).unwrap();
        let all: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
        pick(&all, rows)
    });
    let columns = columns.collect();
    Matrix::new(schema.clone(), columns, rows.len()).unwrap()
}

/// Processor seconds of this process (Linux; 100 ticks a second).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
