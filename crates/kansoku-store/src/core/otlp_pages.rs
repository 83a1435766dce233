//! How far a reader of a trace's OTLP has come.
use std::collections::HashSet;

/// The spans or records that earlier pages had, by id or digest. Chunks may be merged into others
/// between two pages, so a position in a chunk would not do.
#[derive(Default)]
pub struct Progress(HashSet<u128>);

impl Progress {
    /// Whether an item belongs to this page: it is new, and there is room or nothing else yet.
    /// `room` is `None` once an item was left for the next page.
    pub fn take(&mut self, item: u128, bytes: usize, room: &mut Option<usize>) -> bool {
        if self.0.contains(&item) {
            return false;
        }
        let Some(left) = *room else { return false };
        if left == 0 {
            *room = None;
            return false;
        }
        *room = Some(left.saturating_sub(bytes));
        self.0.insert(item)
    }
}
