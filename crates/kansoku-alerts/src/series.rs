//! The values of windows, from the traces in them.
//!
//! Traces are added to slots of equal length, and a window is a number of slots. Percentiles are
//! computed from the values themselves, of which only every second, fourth, … is kept when there are
//! too many.
use kansoku_model::TimestampMs;
use kansoku_store::percentile;

/// The most values that are kept for percentiles.
const VALUES_MAX: usize = 200_000;

/// The value of a window; `None` without traces.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Observation {
    pub(crate) value: Option<f64>,
    /// The number of traces, or of the feedback in them, that the value is computed from.
    pub(crate) traces: u64,
    /// Whether these are all, and not only the newest.
    pub(crate) is_complete: bool,
}

/// How the value of a window is computed from those of its traces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Aggregate {
    Mean,
    Sum,
    Percentile(f64),
}

#[derive(Clone, Copy, Default)]
struct Slot {
    count: u64,
    sum: f64,
}

/// Slots of equal length, each from its start, exclusive, to the start of the next, inclusive.
pub(crate) struct Series {
    start: TimestampMs,
    slot_ms: i64,
    slots: Vec<Slot>,
    aggregate: Aggregate,
    values: Thinned,
}

impl Series {
    pub(crate) fn new(
        start: TimestampMs,
        slot_ms: i64,
        slots: usize,
        aggregate: Aggregate,
    ) -> Self {
        let slots = vec![Slot::default(); slots];
        Self { start, slot_ms: slot_ms.max(1), slots, aggregate, values: Thinned::default() }
    }

    pub(crate) fn add(&mut self, time: TimestampMs, value: f64) {
        let Some(index) = self.slot_of(time) else { return };
        let slot = &mut self.slots[index];
        slot.count += 1;
        slot.sum += value;
        if matches!(self.aggregate, Aggregate::Percentile(_)) {
            self.values.add(index, value);
        }
    }

    fn slot_of(&self, time: TimestampMs) -> Option<usize> {
        let after = time.0.checked_sub(self.start.0)?.checked_sub(1)?;
        let index = usize::try_from(after.div_euclid(self.slot_ms)).ok()?;
        (index < self.slots.len()).then_some(index)
    }

    /// Adds what another series of the same slots has.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (slot, more) in self.slots.iter_mut().zip(&other.slots) {
            slot.count += more.count;
            slot.sum += more.sum;
        }
    }

    /// The end of the last slot of each window of so many slots, with its value.
    pub(crate) fn windows(mut self, slots: usize) -> Vec<(TimestampMs, Observation)> {
        self.values.list.sort_unstable_by_key(|(slot, _)| *slot);
        let mut windows = Vec::new();
        for last in slots.max(1)..=self.slots.len() {
            let window = last - slots..last;
            let sum = self.slots[window.clone()].iter().fold(Slot::default(), |sum, slot| Slot {
                count: sum.count + slot.count,
                sum: sum.sum + slot.sum,
            });
            let value = match self.aggregate {
                _ if sum.count == 0 => None,
                Aggregate::Sum => Some(sum.sum),
                Aggregate::Mean => Some(sum.sum / sum.count as f64),
                Aggregate::Percentile(percent) => self.values.percentile(window, percent),
            };
            let end = self.start.0.saturating_add(self.slot_ms.saturating_mul(last as i64));
            let value = value.filter(|value| value.is_finite());
            let seen = Observation { value, traces: sum.count, is_complete: true };
            windows.push((TimestampMs(end), seen));
        }
        windows
    }
}

/// Values with their slots. When there are too many, every second one is dropped.
struct Thinned {
    list: Vec<(usize, f64)>,
    /// How many values one that is kept stands for.
    stride: u64,
    skipped: u64,
}

impl Default for Thinned {
    fn default() -> Self {
        Self { list: Vec::new(), stride: 1, skipped: 0 }
    }
}

impl Thinned {
    fn add(&mut self, slot: usize, value: f64) {
        self.skipped += 1;
        if self.skipped < self.stride {
            return;
        }
        self.skipped = 0;
        if self.list.len() == VALUES_MAX {
            let mut is_kept = false;
            self.list.retain(|_| {
                is_kept = !is_kept;
                is_kept
            });
            self.stride *= 2;
        }
        self.list.push((slot, value));
    }

    /// Needs the list to be sorted by slot.
    fn percentile(&self, slots: std::ops::Range<usize>, percent: f64) -> Option<f64> {
        let first = self.list.partition_point(|(slot, _)| *slot < slots.start);
        let end = self.list.partition_point(|(slot, _)| *slot < slots.end);
        let mut values: Vec<f64> = self.list[first..end].iter().map(|(_, value)| *value).collect();
        percentile(&mut values, percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(aggregate: Aggregate) -> Series {
        let mut series = Series::new(TimestampMs(100), 10, 3, aggregate);
        for (time, value) in
            [(100, 64.0), (101, 1.0), (110, 2.0), (111, 4.0), (130, 8.0), (131, 32.0)]
        {
            series.add(TimestampMs(time), value);
        }
        series
    }

    fn values(aggregate: Aggregate, slots: usize) -> Vec<(i64, Option<f64>, u64)> {
        let windows = series(aggregate).windows(slots).into_iter();
        windows.map(|(end, seen)| (end.0, seen.value, seen.traces)).collect()
    }

    #[test]
    fn a_window_has_the_traces_after_its_start_until_its_end() {
        let one = [(110, Some(3.0), 2), (120, Some(4.0), 1), (130, Some(8.0), 1)];
        assert_eq!(values(Aggregate::Sum, 1), one);
        assert_eq!(values(Aggregate::Sum, 2), [(120, Some(7.0), 3), (130, Some(12.0), 2)]);
        assert_eq!(values(Aggregate::Mean, 3), [(130, Some(3.75), 4)]);
        assert_eq!(values(Aggregate::Percentile(50.0), 3), [(130, Some(3.0), 4)]);
        assert_eq!(values(Aggregate::Percentile(100.0), 2)[0], (120, Some(4.0), 3));
        assert_eq!(values(Aggregate::Sum, 4), []);
    }

    #[test]
    fn a_window_without_traces_has_no_value() {
        let empty = Series::new(TimestampMs(0), 10, 1, Aggregate::Sum).windows(1);
        assert_eq!(
            empty,
            [(TimestampMs(10), Observation { is_complete: true, ..Observation::default() })]
        );
        let mut infinite = Series::new(TimestampMs(0), 10, 1, Aggregate::Sum);
        (0..2).for_each(|_| infinite.add(TimestampMs(1), f64::MAX));
        assert_eq!(infinite.windows(1)[0].1.value, None);
    }

    #[test]
    fn a_percentile_of_many_values_is_computed_from_some_of_them() {
        let mut series = Series::new(TimestampMs(0), 10, 1, Aggregate::Percentile(90.0));
        for number in 0..VALUES_MAX * 3 {
            series.add(TimestampMs(5), (number % 1000) as f64);
        }
        assert!(series.values.list.len() <= VALUES_MAX);
        let (_, seen) = series.windows(1)[0];
        assert_eq!(seen.traces, VALUES_MAX as u64 * 3);
        assert!(seen.value.is_some_and(|value| (890.0..910.0).contains(&value)), "{seen:?}");
    }
}
