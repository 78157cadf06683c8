//! The ledger against everything that can happen to its files.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::ledger::note::{Checkpoint, Verifier};
use crate::ledger::{Ledger, LedgerError, Rules, SigningKey, Stream, check_proof, prove, verify};

const STREAM: Stream = Stream::Access;

struct Log {
    folder: tempfile::TempDir,
}

impl Log {
    fn new() -> Self {
        let log = Self { folder: tempfile::tempdir().unwrap() };
        SigningKey::create(&log.rules(1 << 20).key).unwrap();
        log
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    fn rules(&self, segment_bytes: u64) -> Rules {
        let key = self.folder.path().join("key.pem");
        Rules { folder: self.path(), key, origin: "log.nl".to_owned(), segment_bytes }
    }

    fn verifier(&self) -> Verifier {
        SigningKey::read(&self.rules(0).key).unwrap().verifier("log.nl", STREAM)
    }

    /// Writes `n` records in groups of one, in segments of this size, and closes in order.
    fn write(&self, n: u64, segment_bytes: u64) {
        let (ledger, _) = Ledger::open(&self.rules(segment_bytes)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for i in 0..n {
            runtime.block_on(ledger.send(STREAM, &json!({ "n": i, "text": "café" })).written()).unwrap();
        }
        ledger.close();
    }

    fn verify(&self) -> Result<u64, String> {
        self.verify_with(&[])
    }

    fn verify_with(&self, held: &[Checkpoint]) -> Result<u64, String> {
        verify(&self.path(), STREAM, &self.verifier(), held)
            .map(|found| found.records)
            .map_err(|e| e.to_string())
    }

    fn opens(&self) -> Result<(), LedgerError> {
        Ledger::open(&self.rules(1 << 20)).map(|(ledger, _)| ledger.close())
    }

    fn checkpoint(&self) -> Checkpoint {
        let note = fs::read_to_string(self.file("access.checkpoint")).unwrap();
        Checkpoint::read(&note, &self.verifier()).unwrap()
    }
}

const SEGMENT: &str = "access-000000000000.jsonl";

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

fn write_lines(path: &Path, lines: &[String]) {
    fs::write(path, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
}

#[test]
fn any_flipped_bit_names_its_record() {
    let log = Log::new();
    log.write(5, 1 << 20);
    assert_eq!(log.verify(), Ok(5));
    let path = log.file(SEGMENT);
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        for bit in [0, 3, 7] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            fs::write(&path, &bytes).unwrap();
            let record = whole[..at].iter().filter(|&&byte| byte == b'\n').count();
            let told = log.verify().unwrap_err();
            assert!(
                told.contains(&format!("record {record}:")),
                "byte {at} bit {bit} of record {record}: {told}"
            );
        }
    }
    fs::write(&path, &whole).unwrap();
    assert_eq!(log.verify(), Ok(5));
}

#[test]
fn any_flipped_bit_in_what_was_signed_names_the_file() {
    let log = Log::new();
    log.write(30, 900);
    assert_eq!(log.verify(), Ok(30));
    for (name, words) in
        [("access.checkpoint", "access.checkpoint"), ("access-000000000000.seal", "access-000000000000.")]
    {
        let path = log.file(name);
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&path, &bytes).unwrap();
            let told = log.verify().unwrap_err();
            assert!(told.contains(words), "{name} byte {at}: {told}");
        }
        fs::write(&path, &whole).unwrap();
    }
    assert_eq!(log.verify(), Ok(30));
}

#[test]
fn dropped_swapped_doubled_and_truncated_records_are_named() {
    let log = Log::new();
    log.write(6, 1 << 20);
    let path = log.file(SEGMENT);
    let whole = lines(&path);
    for i in 0..whole.len() {
        let mut dropped = whole.clone();
        dropped.remove(i);
        let mut doubled = whole.clone();
        doubled.insert(i, whole[i].clone());
        let mut tampered = vec![(i, dropped), (i + 1, doubled), (i, whole[..i].to_vec())];
        if i > 0 {
            let mut swapped = whole.clone();
            swapped.swap(i - 1, i);
            tampered.push((i - 1, swapped));
        }
        for (record, lines) in tampered {
            write_lines(&path, &lines);
            let told = log.verify().unwrap_err();
            assert!(told.contains(&format!("record {record}:")), "{record}: {told}");
        }
    }
    let bytes = whole.join("\n").into_bytes();
    for end in 0..bytes.len() {
        fs::write(&path, &bytes[..end]).unwrap();
        let record = bytes[..end].iter().filter(|&&byte| byte == b'\n').count();
        let told = log.verify().unwrap_err();
        assert!(told.contains(&format!("record {record}:")), "cut at {end}: {told}");
    }
    fs::remove_file(&path).unwrap();
    assert!(log.verify().is_err());
}

#[test]
fn a_chain_that_was_forged_as_a_whole_is_no_match_for_the_signature() {
    let (log, forger) = (Log::new(), Log::new());
    log.write(6, 1 << 20);
    forger.write(7, 1 << 20);
    let held = log.checkpoint();
    fs::copy(forger.file(SEGMENT), log.file(SEGMENT)).unwrap();
    // The same records under the same hashes: only more of them than were signed.
    assert_eq!(log.verify(), Ok(7));
    let text = fs::read_to_string(log.file(SEGMENT)).unwrap().replace("café", "thee");
    let mut last = crate::ledger::line::NOTHING_BEFORE;
    let mut forged = Vec::new();
    for (seq, line) in text.lines().enumerate() {
        let record = crate::ledger::line::canonical(
            &serde_json::from_str::<serde_json::Value>(line).unwrap()["record"],
        );
        let line = crate::ledger::line::write(seq as u64, &last, &record);
        last = crate::ledger::line::hash(line.as_bytes());
        forged.push(line);
    }
    write_lines(&log.file(SEGMENT), &forged);
    assert!(log.verify().unwrap_err().contains("rewritten"));
    // With the key, the forger can sign; who kept a checkpoint still sees it.
    let pair = SigningKey::read(&log.rules(0).key).unwrap();
    let mut tree = crate::ledger::tree::Tree::default();
    forged.iter().for_each(|line| tree.push(crate::ledger::tree::leaf(line.as_bytes())));
    let signed =
        Checkpoint { origin: "log.nl/access".to_owned(), size: 7, root: tree.root() }.sign(&pair.pair);
    fs::write(log.file("access.checkpoint"), signed).unwrap();
    assert_eq!(log.verify(), Ok(7));
    assert!(
        log.verify_with(&[held]).unwrap_err().contains("record 5: it, or a record before it, was rewritten")
    );
}

#[test]
fn segments_follow_each_other_and_the_oldest_can_be_dropped_under_seal() {
    let log = Log::new();
    log.write(10, 900);
    log.write(10, 900);
    assert_eq!(log.verify(), Ok(20));
    let segments: Vec<PathBuf> =
        (0..20).map(|n| log.file(&format!("access-{n:012}.jsonl"))).filter(|p| p.exists()).collect();
    assert!(segments.len() > 2, "{segments:?}");
    let moved = log.path().join("aside");
    fs::rename(&segments[1], &moved).unwrap();
    assert!(log.verify().unwrap_err().contains("is gone"));
    fs::rename(&moved, &segments[1]).unwrap();
    fs::remove_file(&segments[0]).unwrap();
    assert_eq!(log.verify(), Ok(20));
    let (line, proof) = prove(&log.path(), STREAM, &log.verifier(), 19).unwrap();
    assert_eq!(check_proof(&proof, &line, &log.verifier()).unwrap(), 19);
    assert!(prove(&log.path(), STREAM, &log.verifier(), 0).unwrap_err().to_string().contains("dropped"));
    log.write(3, 900);
    assert_eq!(log.verify(), Ok(23));
    fs::remove_file(segments.last().unwrap()).unwrap();
    assert!(log.verify().is_err() && log.opens().is_err());
}

#[test]
fn every_record_can_be_proven_and_no_other() {
    let log = Log::new();
    log.write(13, 700);
    for seq in 0..13 {
        let (line, proof) = prove(&log.path(), STREAM, &log.verifier(), seq).unwrap();
        assert_eq!(check_proof(&proof, &line, &log.verifier()).unwrap(), seq);
        assert!(check_proof(&proof, &line.replace("café", "thee"), &log.verifier()).is_err());
        let other = format!("index {}\n", (seq + 1) % 13);
        assert!(
            check_proof(&proof.replace(&format!("index {seq}\n"), &other), &line, &log.verifier()).is_err()
        );
    }
    assert!(prove(&log.path(), STREAM, &log.verifier(), 13).unwrap_err().to_string().contains("13 records"));
}

#[test]
fn half_a_record_is_set_aside_and_written_down_and_the_rest_goes_on() {
    let log = Log::new();
    log.write(4, 1 << 20);
    let path = log.file(SEGMENT);
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b"{\"prev\":\"12");
    fs::write(&path, &bytes).unwrap();
    assert_eq!(log.verify(), Ok(4), "it was never answered for");
    log.write(2, 1 << 20);
    assert_eq!(log.verify(), Ok(6));
    assert_eq!(fs::read(log.file("access-000000000004.torn")).unwrap(), b"{\"prev\":\"12");
    let told = fs::read_to_string(log.file("administration-000000000000.jsonl")).unwrap();
    assert!(told.contains("torn_record_set_aside") && told.contains("access-000000000004.torn"), "{told}");
}

#[test]
fn a_log_that_was_touched_is_not_gone_on_with() {
    for tamper in [
        |log: &Log| write_lines(&log.file(SEGMENT), &lines(&log.file(SEGMENT))[..3]),
        |log: &Log| fs::remove_file(log.file(SEGMENT)).unwrap(),
        |log: &Log| {
            let text = fs::read_to_string(log.file(SEGMENT)).unwrap();
            fs::write(log.file(SEGMENT), text.replacen("café", "thee", 1)).unwrap();
        },
        |log: &Log| {
            let note = fs::read_to_string(log.file("access.checkpoint")).unwrap();
            fs::write(log.file("access.checkpoint"), note.replace("\n4\n", "\n3\n")).unwrap();
        },
    ] {
        let log = Log::new();
        log.write(4, 1 << 20);
        tamper(&log);
        let told = log.opens().unwrap_err().to_string();
        assert!(told.contains("not what was written") && told.contains("serve audit verify"), "{told}");
    }
}

#[test]
fn a_lost_checkpoint_is_written_down() {
    let log = Log::new();
    log.write(4, 1 << 20);
    fs::remove_file(log.file("access.checkpoint")).unwrap();
    assert!(log.verify().unwrap_err().contains("access.checkpoint is gone"));
    log.opens().unwrap();
    let told = fs::read_to_string(log.file("administration-000000000000.jsonl")).unwrap();
    assert!(told.contains("checkpoint_lost"), "{told}");
    assert_eq!(log.verify(), Ok(4));
}

#[test]
fn two_processes_do_not_share_a_log() {
    let log = Log::new();
    let (ledger, _) = Ledger::open(&log.rules(1 << 20)).unwrap();
    assert!(matches!(Ledger::open(&log.rules(1 << 20)), Err(LedgerError::Taken(_))));
    ledger.close();
    drop(ledger);
    log.opens().unwrap();
}

#[test]
fn many_waiting_records_share_a_flush_and_a_broken_disk_writes_none() {
    let log = Log::new();
    let (ledger, _) = Ledger::open(&log.rules(1 << 20)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let receipts: Vec<_> = (0..500).map(|n| ledger.send(STREAM, &json!({ "n": n }))).collect();
    let numbers: Vec<u64> = receipts.into_iter().map(|r| runtime.block_on(r.written()).unwrap()).collect();
    assert!(numbers.iter().copied().eq(0..500));
    let [records, flushes, failed] = ledger.figures().find(|(stream, _)| *stream == STREAM).unwrap().1;
    assert!(records == 500 && flushes < 500 && failed == 0, "{records} {flushes}");
    // The checkpoint can no longer be put in place: from here on nothing counts as written.
    fs::remove_file(log.file("access.checkpoint")).unwrap();
    fs::create_dir(log.file("access.checkpoint")).unwrap();
    for _ in 0..3 {
        assert!(runtime.block_on(ledger.send(STREAM, &json!({})).written()).is_err());
    }
    ledger.close();
    assert!(runtime.block_on(ledger.send(STREAM, &json!({})).written()).is_err(), "closed");
}
