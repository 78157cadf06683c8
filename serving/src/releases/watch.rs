//! Looking for a new bundle and for the stop file: a glance at two small files every few seconds.

use std::time::Duration;

use crate::front::Front;
use crate::releases::sha256_on_disk;

/// How often a bundle that is refused is tried again: it may still be on its way to disk.
const ATTEMPTS: u32 = 5;

/// How often the stop file is looked at.
const STOP_FILE: Duration = Duration::from_millis(500);

/// Watches until the program ends. `every` is the time between two looks at the bundle; zero does not look.
pub(crate) async fn watch(front: Front, every: Duration) {
    tokio::join!(watch_stop_file(&front), watch_bundle(&front, every));
}

async fn watch_stop_file(front: &Front) {
    loop {
        tokio::time::sleep(STOP_FILE).await;
        if front.releases().switch.look() {
            front.tell_stop("the stop file");
        }
    }
}

async fn watch_bundle(front: &Front, every: Duration) {
    let Some(bundle) = front.releases().bundle().filter(|_| !every.is_zero()) else { return };
    let mut seen = sha256_on_disk(bundle);
    let mut attempts = 0;
    loop {
        tokio::time::sleep(every).await;
        let now = sha256_on_disk(bundle);
        if now != seen {
            (seen, attempts) = (now, ATTEMPTS);
        }
        // A folder without a manifest is one that is being written.
        if attempts > 0 && seen.is_some() {
            let done = front.renew("a change on disk", attempts == 1).await;
            attempts = if done { 0 } else { attempts - 1 };
        }
    }
}
