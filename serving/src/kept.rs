//! What was made for a reader and is kept for the next one: tiles and pages, each up to a number of bytes.
//!
//! The tag of the view is part of every key, so that nothing is ever shown to another tier.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;

use crate::ogc::{PackedPage, PageKey};
use crate::tiles::TileKey;

/// What an entry takes beside its bytes, about.
const OVERHEAD: usize = 256;

/// Everything that is kept of a snapshot, over all views.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Tiles. Those of a whole country that people look at fit.
    pub(crate) tiles: Budgeted<TileKey, Bytes>,
    /// Pages of features, and single ones.
    pub(crate) pages: Budgeted<PageKey, PackedPage>,
}

impl Default for Kept {
    fn default() -> Self {
        Self { tiles: Budgeted::new(48 << 20), pages: Budgeted::new(32 << 20) }
    }
}

/// Values by key; when they are too many, those asked for the longest ago go.
#[derive(Debug)]
pub(crate) struct Budgeted<K, V> {
    budget: usize,
    values: Mutex<Values<K, V>>,
}

#[derive(Debug)]
struct Values<K, V> {
    by_key: HashMap<K, Value<V>>,
    bytes: usize,
    asked: u64,
}

#[derive(Debug)]
struct Value<V> {
    value: V,
    bytes: usize,
    asked: u64,
}

impl<K: Eq + Hash, V: Clone> Budgeted<K, V> {
    /// Keeps up to this many bytes.
    fn new(budget: usize) -> Self {
        Self { budget, values: Mutex::new(Values { by_key: HashMap::new(), bytes: 0, asked: 0 }) }
    }

    /// The value, if it is there.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.asked += 1;
        let now = values.asked;
        let found = values.by_key.get_mut(key)?;
        found.asked = now;
        Some(found.value.clone())
    }

    /// Keeps a value of this many bytes. Two who make the same at the same time both keep it; one that would take a
    /// large part of the budget is not kept.
    pub(crate) fn keep(&self, key: K, value: V, bytes: usize) {
        let bytes = bytes + OVERHEAD;
        if bytes > self.budget / 4 {
            return;
        }
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = values.asked;
        values.bytes += bytes;
        if let Some(old) = values.by_key.insert(key, Value { value, bytes, asked }) {
            values.bytes -= old.bytes;
        }
        if values.bytes > self.budget {
            values.shrink();
        }
    }

    #[cfg(test)]
    fn bytes(&self) -> usize {
        self.values.lock().unwrap().bytes
    }
}

impl<K: Eq + Hash, V> Values<K, V> {
    /// Drops the older half, so that this is seldom needed.
    fn shrink(&mut self) {
        let mut moments: Vec<u64> = self.by_key.values().map(|value| value.asked).collect();
        moments.sort_unstable();
        let middle = moments[moments.len() / 2];
        self.by_key.retain(|_, value| value.asked > middle);
        self.bytes = self.by_key.values().map(|value| value.bytes).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_and_the_budget_holds() {
        let kept = Budgeted::new(64 << 20);
        assert_eq!(kept.get(&0), None);
        for key in 0..200 {
            kept.keep(key, key * 2, 1 << 20);
            assert!(kept.bytes() <= 64 << 20);
            assert_eq!(kept.get(&key), Some(key * 2), "the last ones stay");
        }
        assert_eq!(kept.get(&0), None, "the first ones went");
    }

    #[test]
    fn the_same_key_counts_once_and_what_is_too_large_is_not_kept() {
        let kept = Budgeted::new(1 << 20);
        for _ in 0..100 {
            kept.keep("same", 1, 100 << 10);
        }
        assert!(kept.bytes() < 101 << 10);
        kept.keep("large", 1, 300 << 10);
        assert_eq!(kept.get(&"large"), None);
    }
}
