//! The progress of a reader of a trace's OTLP.
use std::collections::HashSet;

/// The spans or records of earlier pages, by id or digest. Positions in chunks would become invalid
/// when chunks are merged between two pages.
#[derive(Default)]
pub struct Progress(HashSet<u128>);

impl Progress {
    /// Whether an item belongs to this page: it is new, and the page has room left. A larger item
    /// may exceed the room. `room` becomes `None` once an item is left for the next page.
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
