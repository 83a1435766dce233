//! Any sequence of commits, checkpoints, clean-ups and restarts of two writers equals a simple model.
use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use super::world::*;
use crate::log::*;

#[derive(Clone, Debug)]
enum Step {
    Append {
        files: usize,
    },
    /// Removes files of the writer's own snapshot, which may be old.
    Rewrite {
        removed: Vec<prop::sample::Index>,
        added: usize,
        operation: Operation,
    },
    Checkpoint,
    CleanUp,
    Reopen,
    Refresh,
}

fn step() -> impl Strategy<Value = Step> {
    let operation =
        prop::sample::select(vec![Operation::Merge, Operation::Delete, Operation::Optimize]);
    prop_oneof![
        4 => (1..4usize).prop_map(|files| Step::Append { files }),
        3 => (vec(any::<prop::sample::Index>(), 1..3), 0..2usize, operation).prop_map(
            |(removed, added, operation)| Step::Rewrite { removed, added, operation }
        ),
        2 => Just(Step::Checkpoint),
        1 => Just(Step::CleanUp),
        1 => Just(Step::Reopen),
        1 => Just(Step::Refresh),
    ]
}

/// The state of the table that every handle must find.
#[derive(Default)]
struct Model {
    version: u64,
    files: BTreeSet<String>,
    transactions: BTreeMap<String, i64>,
    names: usize,
}

impl Model {
    fn new_names(&mut self, count: usize) -> Vec<String> {
        self.names += count;
        (self.names - count..self.names).map(|number| format!("{number}.parquet")).collect()
    }

    fn check(&self, table: &Table) {
        assert_eq!(table.snapshot().version(), self.version);
        assert_eq!(paths(table), self.files.iter().cloned().collect::<Vec<_>>());
        for (app_id, version) in &self.transactions {
            assert_eq!(table.snapshot().transaction(app_id), Some(*version));
        }
    }
}

/// A writer with a caller that keeps its own list of files, from its commits and from changes.
struct Writer {
    table: Table,
    known: BTreeSet<String>,
    app_id: &'static str,
}

impl Writer {
    fn new(table: Table, app_id: &'static str) -> Self {
        let known = paths(&table).into_iter().collect();
        Self { table, known, app_id }
    }

    async fn commit(
        &mut self,
        model: &mut Model,
        removed: Vec<String>,
        added: usize,
        operation: Operation,
    ) {
        let added = model.new_names(added);
        let version = model.transactions.get(self.app_id).map_or(0, |version| version + 1);
        let commit = Commit {
            operation,
            added: added.iter().map(|name| file(name)).collect(),
            removed,
            transaction: Some(AppTransaction { app_id: self.app_id.to_owned(), version }),
            now_ms: NOW_MS,
        };
        let is_current = commit.removed.iter().all(|path| model.files.contains(path));
        let result = self.table.commit(&commit).await;
        self.learn();
        if is_current {
            model.version += 1;
            assert_eq!(result.unwrap(), model.version);
            model.transactions.insert(self.app_id.to_owned(), version);
            for files in [&mut model.files, &mut self.known] {
                files.retain(|path| !commit.removed.contains(path));
                files.extend(added.iter().cloned());
            }
        } else {
            let error = result.unwrap_err();
            let LogError::Conflict { path, .. } = &error else { panic!("{error}") };
            assert!(commit.removed.contains(path) && !model.files.contains(path));
        }
    }

    fn learn(&mut self) {
        let changes = self.table.take_foreign_changes();
        self.known.retain(|path| !changes.removed.contains(path));
        self.known.extend(changes.added.into_keys());
    }
}

async fn run(steps: Vec<(bool, Step)>) {
    let world = World::with_fsync(false);
    let mut model = Model::default();
    let mut one = Writer::new(world.create().await, "one");
    let mut other = Writer::new(world.open().await.unwrap(), "other");
    for (is_one, step) in steps {
        let writer = if is_one { &mut one } else { &mut other };
        match step {
            Step::Append { files } => {
                writer.commit(&mut model, Vec::new(), files, Operation::Write).await;
            }
            Step::Rewrite { removed, added, operation } => {
                let files = paths(&writer.table);
                if !files.is_empty() {
                    let removed: BTreeSet<String> =
                        removed.iter().map(|index| index.get(&files).clone()).collect();
                    let removed = removed.into_iter().collect();
                    writer.commit(&mut model, removed, added, operation).await;
                }
            }
            Step::Checkpoint => writer.table.checkpoint(NOW_MS).await.unwrap(),
            Step::CleanUp => {
                writer.table.clean_up(i64::MAX).await.unwrap();
            }
            Step::Reopen => *writer = Writer::new(world.open().await.unwrap(), writer.app_id),
            Step::Refresh => {
                writer.table.refresh().await.unwrap();
                writer.learn();
                model.check(&writer.table);
            }
        }
        assert_eq!(writer.known, paths(&writer.table).into_iter().collect());
        model.check(&world.open().await.unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn a_table_equals_a_set_of_files(steps in vec((any::<bool>(), step()), 1..30)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(steps));
    }
}
