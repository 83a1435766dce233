//! `kansoku archive status`: the size of the archive, and what waits.
use std::collections::HashMap;

use kansoku_archive::{CompactionBacklog, compaction_backlogs, is_enabled};
use kansoku_model::{Clock as _, SystemClock, TimestampMs};
use kansoku_sqlite::SqliteStore;
use kansoku_store::{ArchiveBacklog, ArchiveCatalog as _, ArchiveSize};
use serde_json::{Value, json};

use super::{experiments, printable};
use crate::config::Settings;

const HEAD: [&str; 9] =
    ["EXPERIMENT", "PREFIX", "TRACES", "SPANS", "FILES", "SIZE", "WAITING", "OLDEST", "TO MERGE"];

/// An experiment with tables in the archive.
struct Row {
    name: Option<String>,
    size: ArchiveSize,
    backlog: Option<ArchiveBacklog>,
    compaction: Option<CompactionBacklog>,
}

pub(super) async fn status(
    settings: &Settings,
    store: &SqliteStore,
    as_json: bool,
) -> anyhow::Result<String> {
    let now = SystemClock.now();
    let backlogs = store.archive_backlogs().await?.into_iter();
    let mut backlogs: HashMap<_, _> = backlogs.map(|it| (it.experiment, it)).collect();
    let compaction = compaction_backlogs(store, now).await?.into_iter();
    let mut compaction: HashMap<_, _> = compaction.map(|it| (it.experiment, it)).collect();
    let rows = experiments(store, None).await?.into_iter().map(|(size, experiment)| Row {
        // Changes of experiments that are not archived wait for nothing.
        backlog: backlogs
            .remove(&size.experiment)
            .filter(|_| experiment.as_ref().is_some_and(is_enabled)),
        name: experiment.map(|experiment| experiment.name),
        compaction: compaction.remove(&size.experiment),
        size,
    });
    let rows: Vec<Row> = rows.collect();
    let place = settings.archive.archive.as_ref().map(ToString::to_string);
    Ok(match as_json {
        true => format!("{:#}\n", to_json(&rows, place)),
        false => {
            let place = place.map_or(String::new(), |place| format!("{place}\n\n"));
            place + &table(&rows, now)
        }
    })
}

fn to_json(rows: &[Row], place: Option<String>) -> Value {
    let row = |row: &Row| {
        let Row { name, size, backlog, compaction } = row;
        json!({
            "experiment_id": size.experiment.to_string(),
            "experiment_name": name,
            "prefix": size.prefix,
            "traces": size.traces,
            "spans": size.spans,
            "files": size.files,
            "bytes": size.bytes,
            "waiting_traces": backlog.map_or(0, |it| it.traces),
            "oldest_waiting_change_ms": backlog.map(|it| it.oldest_change.0),
            "files_to_merge": compaction.map_or(0, |it| it.files),
            "bytes_to_merge": compaction.map_or(0, |it| it.bytes),
        })
    };
    json!({ "archive": place, "experiments": rows.iter().map(row).collect::<Vec<_>>() })
}

fn table(rows: &[Row], now: TimestampMs) -> String {
    let mut lines = vec![HEAD.map(str::to_owned)];
    lines.extend(rows.iter().map(|row| cells(row, now)));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let widths: Vec<usize> = (0..HEAD.len()).map(|column| width(column).unwrap_or(0)).collect();
    let line = |line: &[String; HEAD.len()]| {
        let cell = |(n, cell): (usize, &String)| match n {
            0 | 1 => format!("{cell:<width$}", width = widths[n]),
            _ => format!("{cell:>width$}", width = widths[n]),
        };
        let cells: Vec<_> = line.iter().enumerate().map(cell).collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    lines.iter().map(line).collect()
}

fn cells(row: &Row, now: TimestampMs) -> [String; HEAD.len()] {
    let Row { name, size, backlog, compaction } = row;
    [
        name.as_deref().map_or_else(|| format!("{} (deleted)", size.experiment), printable),
        size.prefix.clone(),
        size.traces.to_string(),
        size.spans.to_string(),
        size.files.to_string(),
        megabytes(size.bytes),
        backlog.map_or(0, |it| it.traces).to_string(),
        backlog.map_or_else(|| "-".to_owned(), |it| age(now, it.oldest_change)),
        compaction.map_or(0, |it| it.files).to_string(),
    ]
}

pub(super) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// The time since a change. A trace that could not be archived is as if it changed later.
fn age(now: TimestampMs, changed: TimestampMs) -> String {
    let seconds = now.0.saturating_sub(changed.0).max(0) / 1000;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use kansoku_model::ExperimentId;

    use super::*;

    #[test]
    fn each_experiment_has_a_line() {
        let experiment = ExperimentId(7);
        let size = ArchiveSize {
            experiment,
            prefix: "shop".to_owned(),
            files: 12,
            bytes: 3_400_000,
            traces: 100,
            spans: 700,
        };
        let oldest_change = TimestampMs(10_000);
        let backlog = Some(ArchiveBacklog { experiment, traces: 3, oldest_change });
        let compaction = Some(CompactionBacklog { experiment, files: 8, bytes: 1 });
        let name = Some("a\u{1b}b".to_owned());
        let rows = [
            Row { name: None, size: size.clone(), backlog: None, compaction: None },
            Row { name, size, backlog, compaction },
        ];
        insta::assert_snapshot!(table(&rows, TimestampMs(70_000)), @r#"
    EXPERIMENT   PREFIX  TRACES  SPANS  FILES    SIZE  WAITING  OLDEST  TO MERGE
    7 (deleted)  shop       100    700     12  3.4 MB        0       -         0
    a?b          shop       100    700     12  3.4 MB        3    60 s         8
    "#);
    }

    #[test]
    fn ages_have_one_unit() {
        let age = |seconds: i64| age(TimestampMs(seconds * 1000), TimestampMs(0));
        assert_eq!(
            [age(-5), age(119), age(120), age(7_200), age(172_800)].join(", "),
            "0 s, 119 s, 2 min, 2 h, 2 days"
        );
    }
}
