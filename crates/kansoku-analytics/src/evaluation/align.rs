//! Alignment of the cases of several runs by equal inputs.
//!
//! The whole inputs of most cases are known from their trace's metadata. Others are known by their
//! preview, which may be only a part of the inputs. A preview that is not truncated, and that
//! occurs once in each run, stands for the inputs; all other inputs are read from the payload
//! before the alignment ([`unknown_inputs`]).
use std::collections::{BTreeSet, HashMap};

use kansoku_model::TraceId;
use kansoku_store::core::input_hash;
use rustc_hash::FxHashMap;

use super::case::Case;

/// The cases with equal inputs, at most one of each run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlignedRow {
    /// A hash of the inputs.
    pub inputs: u64,
    /// How often the inputs occurred before in the runs, from 0 on. Repeated inputs are aligned in
    /// order.
    pub repetition: u32,
    /// The index of the case in each run; `None` if the run does not have it.
    pub cases: Vec<Option<usize>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alignment {
    /// In the order of the first run's cases; then cases that it lacks, in the order of the second
    /// run, and so on.
    pub rows: Vec<AlignedRow>,
    /// The number of cases whose whole inputs are unknown although they were needed. They are
    /// aligned by their preview.
    pub by_preview: u64,
}

/// The run and the case in it.
type Place = (usize, usize);

/// The traces whose inputs must be read for an alignment.
pub fn unknown_inputs(runs: &[Vec<Case>]) -> Vec<TraceId> {
    let mut unknown = Vec::new();
    for group in groups(runs) {
        let whole = |(run, at): &Place| runs[*run][*at].inputs.whole;
        if matches!(group.inputs(runs, whole), GroupInputs::Unclear) {
            let places = group.places.iter().filter(|place| whole(place).is_none());
            unknown.extend(places.map(|(run, at)| runs[*run][*at].trace_id.clone()));
        }
    }
    unknown
}

/// Aligns the cases of runs, each in the order of time. `read` has the hashes of the inputs that
/// were read.
pub fn align(runs: &[Vec<Case>], read: &HashMap<TraceId, u64>) -> Alignment {
    let mut keys: Vec<Vec<u64>> = runs.iter().map(|cases| vec![0; cases.len()]).collect();
    let mut alignment = Alignment::default();
    let whole = |(run, at): &Place| {
        let case = &runs[*run][*at];
        case.inputs.whole.or_else(|| read.get(&case.trace_id).copied())
    };
    for group in groups(runs) {
        let inputs = group.inputs(runs, whole);
        for place in &group.places {
            let case = &runs[place.0][place.1];
            let by_preview = || case.inputs.preview.unwrap_or_else(|| own_key(case));
            keys[place.0][place.1] = match (whole(place), &inputs) {
                (Some(whole), _) => whole,
                (None, GroupInputs::Same(whole)) => whole.unwrap_or_else(by_preview),
                (None, GroupInputs::Unclear) => {
                    alignment.by_preview += 1;
                    by_preview()
                }
            };
        }
    }
    alignment.rows = rows(&keys);
    alignment
}

/// A key that no other case has.
fn own_key(case: &Case) -> u64 {
    input_hash::of_text(case.trace_id.as_str())
}

fn rows(keys: &[Vec<u64>]) -> Vec<AlignedRow> {
    let mut rows: Vec<AlignedRow> = Vec::new();
    let mut known: FxHashMap<(u64, u32), usize> = FxHashMap::default();
    for (run, keys_of_run) in keys.iter().enumerate() {
        let mut seen: FxHashMap<u64, u32> = FxHashMap::default();
        for (at, inputs) in keys_of_run.iter().enumerate() {
            let next = seen.entry(*inputs).or_default();
            let repetition = *next;
            *next += 1;
            let row = *known.entry((*inputs, repetition)).or_insert_with(|| {
                let cases = vec![None; keys.len()];
                rows.push(AlignedRow { inputs: *inputs, repetition, cases });
                rows.len() - 1
            });
            rows[row].cases[run] = Some(at);
        }
    }
    rows
}

/// The cases with equal previews.
struct Group {
    places: Vec<Place>,
    has_preview: bool,
}

enum GroupInputs {
    /// The inputs of all cases are equal, and their hash is known or the preview stands for it.
    Same(Option<u64>),
    /// The inputs of each case must be known.
    Unclear,
}

impl Group {
    fn inputs(&self, runs: &[Vec<Case>], whole: impl Fn(&Place) -> Option<u64>) -> GroupInputs {
        let known: BTreeSet<u64> = self.places.iter().filter_map(&whole).collect();
        let unknown = || self.places.iter().filter(|place| whole(place).is_none());
        let is_truncated = unknown().any(|(run, at)| runs[*run][*at].inputs.is_truncated);
        // Places are sorted by run.
        let is_repeated = self.places.windows(2).any(|pair| pair[0].0 == pair[1].0);
        if 1 < known.len() || !self.has_preview || is_truncated || is_repeated {
            return GroupInputs::Unclear;
        }
        GroupInputs::Same(known.first().copied())
    }
}

fn groups(runs: &[Vec<Case>]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut known: FxHashMap<Option<u64>, usize> = FxHashMap::default();
    for (run, cases) in runs.iter().enumerate() {
        for (at, case) in cases.iter().enumerate() {
            let preview = case.inputs.preview;
            let group = *known.entry(preview).or_insert_with(|| {
                groups.push(Group { places: Vec::new(), has_preview: preview.is_some() });
                groups.len() - 1
            });
            groups[group].places.push((run, at));
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use kansoku_store::ScannedInputs;
    use proptest::prelude::*;

    use super::*;
    use crate::evaluation::build::case;

    fn with(n: u64, inputs: ScannedInputs) -> Case {
        Case { inputs, ..case(n, "") }
    }

    fn by_preview(n: u64, preview: &str) -> Case {
        with(n, input_hash::scanned(None, Some(preview)))
    }

    fn read(hashes: &[(&Case, &str)]) -> HashMap<TraceId, u64> {
        let hash =
            |(case, text): &(&Case, &str)| (case.trace_id.clone(), input_hash::of_text(text));
        hashes.iter().map(hash).collect()
    }

    fn cases(alignment: &Alignment) -> Vec<Vec<Option<usize>>> {
        alignment.rows.iter().map(|row| row.cases.clone()).collect()
    }

    #[test]
    fn equal_inputs_are_aligned_and_repeated_ones_in_order() {
        let a = vec![case(1, "x"), case(2, "y"), case(3, "x"), case(4, "only a")];
        let b =
            vec![case(11, "y"), case(12, "x"), case(13, "only b"), case(14, "x"), case(15, "x")];
        let runs = [a, b];
        assert_eq!(unknown_inputs(&runs), []);
        let found = align(&runs, &HashMap::new());
        assert_eq!(
            cases(&found),
            [
                vec![Some(0), Some(1)],
                vec![Some(1), Some(0)],
                vec![Some(2), Some(3)],
                vec![Some(3), None],
                vec![None, Some(2)],
                vec![None, Some(4)],
            ]
        );
        let repetitions: Vec<u32> = found.rows.iter().map(|row| row.repetition).collect();
        assert_eq!((repetitions, found.by_preview), (vec![0, 0, 1, 0, 0, 2], 0));
    }

    #[test]
    fn a_preview_stands_for_inputs_only_if_it_is_whole_and_occurs_once() {
        let a =
            [by_preview(1, "hi"), by_preview(2, "hi"), by_preview(3, "one"), by_preview(4, "…")];
        let b = [by_preview(11, "hi"), by_preview(12, "one"), by_preview(13, "…")];
        let runs = [a.to_vec(), b.to_vec()];
        let unknown: Vec<TraceId> =
            [&a[0], &a[1], &b[0], &a[3], &b[2]].map(|case| case.trace_id.clone()).to_vec();
        assert_eq!(unknown_inputs(&runs), unknown);
        let hashes = read(&[
            (&a[0], r#"["be", "hi"]"#),
            (&a[1], r#"["is", "hi"]"#),
            (&b[0], r#"["is","hi"]"#),
            (&a[3], "long a"),
            (&b[2], "long b"),
        ]);
        let found = align(&runs, &hashes);
        assert_eq!(
            cases(&found),
            [
                vec![Some(0), None],
                vec![Some(1), Some(0)],
                vec![Some(2), Some(1)],
                vec![Some(3), None],
                vec![None, Some(2)],
            ]
        );
        assert_eq!(found.by_preview, 0);
        let unread = align(&runs, &HashMap::new());
        assert_eq!((unread.by_preview, unread.rows.len()), (5, 4));
    }

    #[test]
    fn a_case_known_by_its_preview_is_aligned_with_one_whose_inputs_are_known() {
        let known = with(1, input_hash::scanned(Some(r#"{"m": ["hi"]}"#), Some("hi")));
        let other = with(2, input_hash::scanned(Some(r#"{"m": ["ho"]}"#), Some("hi")));
        let runs = [vec![known.clone()], vec![by_preview(11, "hi")]];
        assert_eq!(unknown_inputs(&runs), []);
        assert_eq!(cases(&align(&runs, &HashMap::new())), [vec![Some(0), Some(0)]]);
        // Different inputs have the same preview, so that it stands for neither.
        let third = by_preview(21, "hi");
        let runs = [vec![known], vec![other], vec![third.clone()]];
        assert_eq!(unknown_inputs(&runs), std::slice::from_ref(&third.trace_id));
        let found = align(&runs, &read(&[(&third, r#"{"m":["ho"]}"#)]));
        assert_eq!(cases(&found), [vec![Some(0), None, None], vec![None, Some(0), Some(0)]]);
    }

    #[test]
    fn cases_without_preview_are_aligned_by_what_was_read() {
        let none = |n| with(n, ScannedInputs::default());
        let runs = [vec![none(1)], vec![none(11)]];
        assert_eq!(unknown_inputs(&runs).len(), 2);
        let hashes = read(&[(&runs[0][0], "null"), (&runs[1][0], "null")]);
        assert_eq!(cases(&align(&runs, &hashes)), [vec![Some(0), Some(0)]]);
        let unread = align(&runs, &HashMap::new());
        assert_eq!((unread.rows.len(), unread.by_preview), (2, 2));
    }

    proptest! {
        /// With any knowledge of inputs, the alignment is that by inputs.
        #[test]
        fn each_case_is_in_one_row_of_its_inputs(
            runs in prop::collection::vec(
                prop::collection::vec((0_u8..6, 0_u8..2, any::<bool>(), any::<bool>()), 0..12),
                2..5,
            ),
        ) {
            let mut inputs_of = HashMap::new();
            let mut number = 0;
            let runs: Vec<Vec<Case>> = (runs.iter())
                .map(|cases| {
                    let case = |(preview, more, is_known, is_long): &(u8, u8, bool, bool)| {
                        number += 1;
                        let preview = format!("{preview}{}", if *is_long { "..." } else { "" });
                        let inputs = format!("[{preview:?}, {more}]");
                        let known = inputs.as_str();
                        let known = Some(known).filter(|_| *is_known);
                        let case = with(number, input_hash::scanned(known, Some(&preview)));
                        inputs_of.insert(case.trace_id.clone(), input_hash::of_text(&inputs));
                        case
                    };
                    cases.iter().map(case).collect()
                })
                .collect();
            let hashes = (unknown_inputs(&runs).into_iter())
                .map(|trace| (trace.clone(), inputs_of[&trace]))
                .collect();
            let found = align(&runs, &hashes);
            prop_assert_eq!(found.by_preview, 0);
            let count: usize = runs.iter().map(Vec::len).sum();
            let placed = found.rows.iter().flat_map(|row| &row.cases).flatten().count();
            prop_assert_eq!(placed, count);
            for row in &found.rows {
                let present: Vec<&Case> = (row.cases.iter().zip(&runs))
                    .filter_map(|(at, cases)| Some(&cases[(*at)?]))
                    .collect();
                prop_assert!(!present.is_empty());
                // A preview that occurs once in each run stands for the inputs.
                let known = present.iter().filter(|case| {
                    case.inputs.whole.is_some() || hashes.contains_key(&case.trace_id)
                });
                let mut of_row = known.map(|case| inputs_of[&case.trace_id]);
                if let Some(first) = of_row.next() {
                    prop_assert!(of_row.all(|it| it == first));
                }
            }
        }
    }
}
