use proptest::prelude::*;

use super::*;
use crate::engine::migrate;

fn database() -> Connection {
    let mut db = Connection::open_in_memory().unwrap();
    let codec = std::sync::Arc::new(kansoku_store::core::payload::codec::Codec::new());
    crate::engine::functions::register(&db, &codec).unwrap();
    migrate::migrate(&mut db, kansoku_model::TimestampMs(0)).unwrap();
    db
}

fn all(db: &Connection, terms: &[i64], range: (i64, i64)) -> Vec<Entry> {
    let mut cursor = Cursor::open(db, terms, range).unwrap();
    let mut found = Vec::new();
    while let Some(entry) = cursor.next().unwrap() {
        found.push(entry);
    }
    found
}

prop_compose! {
    fn any_op()(
        term in 1..4i64, near in 0..40i64, far in 0..4i64, trace in 1..30i64, present in prop::bool::weighted(0.7),
    ) -> Op {
        Op { term, entry: Entry { time_ms: near + far * SPAN_MS, trace }, present }
    }
}

proptest! {
    /// For any sequence of additions and removals in any commits, the index is equal to a set.
    #[test]
    fn it_is_a_sorted_set(
        commits in prop::collection::vec(prop::collection::vec(any_op(), 1..60), 1..8),
        from in 0..2 * SPAN_MS, width in 0..3 * SPAN_MS,
    ) {
        let db = database();
        let mut expected = std::collections::BTreeSet::new();
        for mut commit in commits {
            for Op { term, entry, present } in &commit {
                match present {
                    true => expected.insert((*term, *entry)),
                    false => expected.remove(&(*term, *entry)),
                };
            }
            flush(&db, &mut commit).unwrap();
        }
        let range = (from, from + width);
        for terms in [&[1][..], &[2, 3], &[1, 2, 3]] {
            let mut wanted: Vec<Entry> = expected
                .iter()
                .filter(|(term, e)| terms.contains(term) && (range.0..=range.1).contains(&e.time_ms))
                .map(|(_, entry)| *entry)
                .collect();
            wanted.sort_unstable_by(|a, b| b.cmp(a));
            wanted.dedup();
            prop_assert_eq!(all(&db, terms, range), wanted);
        }
    }

    #[test]
    fn blocks_are_read_as_written(mut block in prop::collection::btree_set((any::<i32>(), any::<i64>()), 1..50)
        .prop_map(|set| set.into_iter().map(|(time, trace)| Entry { time_ms: time.into(), trace }).collect::<Vec<_>>())) {
        block.sort_unstable_by(|a, b| b.cmp(a));
        prop_assert_eq!(decode(block[0], &encode(&block)), block);
    }
}

#[test]
fn a_commit_of_many_traces_makes_few_rows() {
    let db = database();
    let entry = |n| Entry { time_ms: n, trace: n };
    let mut ops: Vec<Op> =
        (0..1000).map(|n| Op { term: 1, entry: entry(n), present: true }).collect();
    flush(&db, &mut ops).unwrap();
    let rows: i64 = db.query_row("select count(*) from postings", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 2);
    assert_eq!(count(&db, 1, (0, 2000), 5000).unwrap(), 1000);
    assert_eq!(count(&db, 1, (0, 2000), 700).unwrap(), 700);
    assert!(Cursor::open(&db, &[1], (0, 2000)).unwrap().has(entry(77)).unwrap());
    assert!(!Cursor::open(&db, &[2], (0, 2000)).unwrap().has(entry(77)).unwrap());
}
