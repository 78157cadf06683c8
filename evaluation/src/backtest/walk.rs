//! The list when areas are drawn again: from the top down to the same capacity, area `c` counted
//! `times[c]` times. The bootstrap so measures what "the top of the list" yields, not one fixed set of rows.

use crate::backtest::selection::Queue;
use crate::interval::bootstrap::Times;

/// What a list holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Listed {
    pub(crate) rows: f64,
    pub(crate) known: f64,
    pub(crate) hits: f64,
    pub(crate) finds: f64,
    pub(crate) exposure: f64,
}

impl Listed {
    fn add(&mut self, other: &Self, times: f64) {
        self.rows += times * other.rows;
        self.known += times * other.known;
        self.hits += times * other.hits;
        self.finds += times * other.finds;
        self.exposure += times * other.exposure;
    }
}

/// A queue reduced to steps of equal score, each with its areas.
pub(crate) struct Walk {
    ends: Vec<usize>,
    parts: Vec<Part>,
}

#[derive(Clone, Copy)]
struct Part {
    cluster: u32,
    cost: f64,
    listed: Listed,
}

impl Walk {
    /// From a queue.
    pub(crate) fn new(queue: &Queue, cluster: &[u32]) -> Self {
        let mut walk = Self { ends: Vec::new(), parts: Vec::new() };
        let mut group: Vec<Part> = Vec::new();
        for tied in queue.ties() {
            for &i in tied {
                let item = queue.item(i);
                group.push(Part {
                    cluster: cluster[queue.first_member(i) as usize],
                    cost: item.cost,
                    listed: Listed {
                        rows: item.rows,
                        known: item.known,
                        hits: item.hits,
                        finds: item.finds,
                        exposure: item.exposure,
                    },
                });
            }
            walk.close(&mut group);
        }
        walk
    }

    fn close(&mut self, group: &mut Vec<Part>) {
        group.sort_by_key(|p| p.cluster);
        let start = self.parts.len();
        for part in group.drain(..) {
            match self.parts[start..].last_mut() {
                Some(last) if last.cluster == part.cluster => {
                    last.cost += part.cost;
                    last.listed.add(&part.listed, 1.0);
                }
                _ => self.parts.push(part),
            }
        }
        self.ends.push(self.parts.len());
    }

    /// What is on the list in draw `lane`; the step that straddles the end shares what room is left.
    pub(crate) fn fill(&self, times: &Times, lane: usize, room: f64) -> Listed {
        let mut list = Listed::default();
        let (mut start, mut left) = (0, room);
        for &end in &self.ends {
            if left <= 1e-9 {
                break;
            }
            let (mut step, mut cost) = (Listed::default(), 0.0);
            for part in &self.parts[start..end] {
                let t = f64::from(times[part.cluster as usize][lane]);
                step.add(&part.listed, t);
                cost += t * part.cost;
            }
            list.add(&step, if cost > left { left / cost } else { 1.0 });
            left -= cost;
            start = end;
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::backtest::selection::Item;

    fn item(score: u8, finds: u8, known: bool, position: usize) -> Item {
        let finds = if known { f64::from(finds) } else { 0.0 };
        Item {
            score: f64::from(score),
            cost: 1.0,
            rows: 1.0,
            finds,
            hits: finds.min(1.0),
            known: if known { 1.0 } else { 0.0 },
            exposure: 1.0,
            members: (position, position + 1),
        }
    }

    proptest! {
        /// Counting areas several times is the same as writing their rows down several times.
        #[test]
        fn drawing_an_area_twice_is_writing_its_rows_twice(
            rows in prop::collection::vec((0u8..5, 0u8..3, any::<bool>(), 0u32..4), 1..40),
            room in 0.5f64..30.0,
        ) {
            let times = [2u32, 0, 1, 3];
            let cluster: Vec<u32> = rows.iter().map(|r| r.3).collect();
            let members: Vec<u32> = (0..rows.len() as u32).collect();
            let items: Vec<Item> = rows.iter().enumerate().map(|(i, r)| item(r.0, r.1, r.2, i)).collect();
            let repeated: Vec<Item> = items
                .iter()
                .zip(&cluster)
                .flat_map(|(i, &c)| std::iter::repeat_n(*i, times[c as usize] as usize))
                .collect();
            let expected = Queue::new(repeated, members.clone()).fill(room).expected;
            let queue = Queue::new(items, members);
            let times = times.map(|t| [t as f32; 8]);
            let listed = Walk::new(&queue, &cluster).fill(&times, 5, room);
            prop_assert!((listed.finds - expected.finds).abs() < 1e-9);
            prop_assert!((listed.hits - expected.hits).abs() < 1e-9);
            prop_assert!((listed.known - expected.known).abs() < 1e-9);
        }
    }
}
