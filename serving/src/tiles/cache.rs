//! Tiles that were made, up to a number of bytes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;

use super::grid::{Grid, TileIndex};

/// Bytes that are kept. The tiles of a whole country that people look at fit.
const BUDGET: usize = 64 << 20;
/// What an entry takes beside its bytes, about.
const OVERHEAD: usize = 160;

/// A tile of a reader's view: what is seen is part of the key, so that no tile is ever shown to another tier.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TileKey {
    /// Tag of the view.
    pub(crate) view: String,
    /// Level.
    pub(crate) level: String,
    /// Grid.
    pub(crate) grid: Grid,
    /// Place in the grid.
    pub(crate) index: TileIndex,
}

/// Tiles by key; when they are too many, those asked for the longest ago go.
#[derive(Debug, Default)]
pub(crate) struct TileCache(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    tiles: HashMap<TileKey, (Bytes, u64)>,
    bytes: usize,
    asked: u64,
}

impl TileCache {
    /// The tile, made when it is not there. Two who ask at the same time may both make it.
    pub(crate) fn get(&self, key: TileKey, make: impl FnOnce() -> Vec<u8>) -> Bytes {
        if let Some(tile) = self.find(&key) {
            return tile;
        }
        let tile = Bytes::from(make());
        self.keep(key, tile.clone());
        tile
    }

    fn find(&self, key: &TileKey) -> Option<Bytes> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.asked += 1;
        let now = kept.asked;
        let (tile, asked) = kept.tiles.get_mut(key)?;
        *asked = now;
        Some(tile.clone())
    }

    fn keep(&self, key: TileKey, tile: Bytes) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = kept.asked;
        kept.bytes += tile.len() + OVERHEAD;
        if let Some((old, _)) = kept.tiles.insert(key, (tile, now)) {
            kept.bytes -= old.len() + OVERHEAD;
        }
        if kept.bytes > BUDGET {
            kept.shrink();
        }
    }

    #[cfg(test)]
    fn bytes(&self) -> usize {
        self.0.lock().unwrap().bytes
    }
}

impl Kept {
    /// Drops the older half, so that this is seldom needed.
    fn shrink(&mut self) {
        let mut moments: Vec<u64> = self.tiles.values().map(|(_, asked)| *asked).collect();
        moments.sort_unstable();
        let middle = moments[moments.len() / 2];
        self.tiles.retain(|_, (_, asked)| *asked > middle);
        self.bytes = self.tiles.values().map(|(tile, _)| tile.len() + OVERHEAD).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(column: u32) -> TileKey {
        let index = TileIndex { z: 14, row: 0, column };
        TileKey { view: "v".to_owned(), level: "buurt".to_owned(), grid: Grid::Rd, index }
    }

    #[test]
    fn a_tile_is_made_once_and_the_budget_holds() {
        let cache = TileCache::default();
        assert_eq!(cache.get(key(0), || vec![1]), vec![1]);
        assert_eq!(cache.get(key(0), || unreachable!()), vec![1]);
        for column in 1..200 {
            cache.get(key(column), || vec![0; 1 << 20]);
            assert!(cache.bytes() <= BUDGET);
        }
        cache.get(key(199), || unreachable!("the last ones stay"));
    }
}
