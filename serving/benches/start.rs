//! Start time and peak memory of the built `serve` on a made-up bundle of 15,000 areas:
//! `cargo bench --workspace --bench start [-- BUNDLE]`, with your own bundle if you name one.
#![expect(clippy::print_stdout, reason = "a measurement prints what it measured")]

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serving::made_up::Town;

const RUNS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let given = std::env::args().skip(1).find(|argument| !argument.starts_with("--")).map(PathBuf::from);
    let bundle = match given {
        Some(bundle) => bundle,
        None => {
            let bundle = folder.path().join("bundle");
            Town { buurten: 13_635, corners: 41, ..Town::default() }.write(&bundle)?;
            bundle
        }
    };
    let (areas, map) = (size(&bundle, "scores.json")?, size(&bundle, "areas.geojson")?);
    println!("{}: scores.json {areas:.1} MB, areas.geojson {map:.1} MB", bundle.display());
    for run in 1..=RUNS {
        measure(&bundle, run)?;
    }
    Ok(())
}

fn size(bundle: &Path, name: &str) -> Result<f64, Box<dyn Error>> {
    Ok(std::fs::metadata(bundle.join(name))?.len() as f64 / 1e6)
}

fn measure(bundle: &Path, run: usize) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_serve"))
        .arg("--bundle")
        .arg(bundle)
        .args(["--bind", "127.0.0.1:0", "--log", "off"])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    let ready = started.elapsed();
    let address = line.trim().strip_prefix("listening on ").ok_or_else(|| format!("it said {line:?}"))?;
    let at_start = peak(&child)?;
    let mut read = 0;
    for path in ["/v1/areas?limit=1000", "/v1/areas.geojson", "/v1/models/logistisch"] {
        let mut body = Vec::new();
        ureq::get(format!("{address}{path}")).call()?.body_mut().as_reader().read_to_end(&mut body)?;
        read += body.len();
    }
    let after = peak(&child)?;
    let stopped = Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status()?;
    let ended = child.wait()?;
    println!(
        "run {run}: listening after {:.0} ms, peak memory {at_start:.1} MB, {after:.1} MB after answering {:.1} MB; \
         ended {} {}",
        ready.as_secs_f64() * 1e3,
        read as f64 / 1e6,
        stopped.success(),
        ended
    );
    Ok(())
}

/// Peak resident memory in MB (`VmHWM`).
fn peak(child: &Child) -> Result<f64, Box<dyn Error>> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()))?;
    let line = status.lines().find(|line| line.starts_with("VmHWM")).ok_or("no VmHWM")?;
    let kib: f64 = line.split_whitespace().nth(1).ok_or("no value")?.parse()?;
    Ok(kib * 1024.0 / 1e6)
}
