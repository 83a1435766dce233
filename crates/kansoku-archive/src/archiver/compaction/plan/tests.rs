use super::*;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const DAY: i64 = 20_000;

fn hour(day: i64, hour: i64) -> TimestampMs {
    TimestampMs(day * DAY_MS + hour * 3_600_000)
}

fn file(number: i64, bytes: u64) -> ArchiveFile {
    let time = TimestampMs(DAY * DAY_MS + number);
    ArchiveFile {
        path: format!("traces/{number:05}"),
        table: "traces".to_owned(),
        first_batch: number,
        last_batch: number,
        bytes,
        rows: 1,
        min_time: time,
        max_time: time,
        statistics: String::new(),
        footer_checksum: 0,
        locator: Vec::new(),
        row_groups: Vec::new(),
    }
}

fn files(bytes: impl IntoIterator<Item = u64>) -> Vec<ArchiveFile> {
    (0..).zip(bytes).map(|(number, bytes)| file(number, bytes)).collect()
}

/// Merges until nothing is due. Returns the files and the bytes that were written.
fn compact(mut files: Vec<ArchiveFile>, now: TimestampMs) -> (Vec<ArchiveFile>, u64) {
    let mut written = 0;
    while let Some(merge) = plan(files.clone(), now).merges.into_iter().next() {
        files.retain(|file| !merge.files.contains(file));
        let first = &merge.files[0];
        written += merge.bytes();
        files.push(ArchiveFile { bytes: merge.bytes(), ..first.clone() });
    }
    (files, written)
}

#[test]
fn an_open_day_has_few_files_and_each_row_is_written_a_few_times() {
    for bytes in [2 * KIB, 20 * KIB, 500 * KIB, 5 * MIB] {
        let (mut all, mut written) = (Vec::new(), 0);
        for number in 0..1440 {
            all.push(file(number, bytes + number as u64 % 7));
            let (left, more) = compact(all, hour(DAY, 23));
            (all, written) = (left, written + more);
        }
        assert!(all.iter().all(|file| file.bytes <= OPEN_BYTES_MAX));
        let large = (1440 * bytes / (OPEN_BYTES_MAX / TIER_FACTOR)) as usize;
        assert!(all.len() <= large + 7 * 6, "{} files of {bytes}", all.len());
        let times = written / (1440 * bytes);
        assert!(times <= 8, "{times} times, {bytes}");
    }
}

#[test]
fn a_closed_day_has_files_of_up_to_256_mib() {
    for (count, bytes) in [(5, 20 * KIB), (1440, 20 * KIB), (40, 100 * MIB), (1000, 3 * MIB)] {
        let open = files((0..count).map(|number| bytes - number % 7));
        let (left, written) = compact(open, hour(DAY + 1, 2));
        assert!(left.iter().all(|file| file.bytes <= CLOSED_BYTES_MAX));
        let full = (count * bytes / (CLOSED_BYTES_MAX / 2)) as usize;
        assert!(left.len() <= full + 1, "{} files of {count} of {bytes}", left.len());
        assert!(written <= 6 * count * bytes, "{written} of {}", count * bytes);
    }
}

#[test]
fn a_day_closes_two_hours_after_midnight() {
    let two = files([20 * KIB, 30 * KIB]);
    let open = plan(two.clone(), TimestampMs(hour(DAY + 1, 2).0 - 1));
    assert_eq!((open.merges.len(), open.closes), (0, Some(hour(DAY + 1, 2))));
    let closed = plan(two, hour(DAY + 1, 2));
    assert_eq!((closed.merges.len(), closed.closes), (1, None));
    assert_eq!((closed.files, closed.bytes), (2, 50 * KIB));
}

#[test]
fn few_late_files_of_a_closed_day_wait_for_others() {
    let with_late = |late| files([100 * MIB].into_iter().chain((0..late).map(|_| 20 * KIB)));
    assert!(plan(with_late(6), hour(DAY + 9, 0)).merges.is_empty());
    let merges = plan(with_late(7), hour(DAY + 9, 0)).merges;
    // The large one is not written again for them.
    assert_eq!(merges[0].files.len(), 7);
    assert!(plan(files([100 * MIB, 24 * MIB]), hour(DAY + 9, 0)).merges.is_empty());
    assert_eq!(plan(files([100 * MIB, 26 * MIB]), hour(DAY + 9, 0)).merges.len(), 1);
}

#[test]
fn files_of_other_days_and_tables_stay_apart() {
    let mut all = files((0..7).map(|_| KIB));
    let tomorrow = hour(DAY + 1, 0);
    all.push(ArchiveFile { min_time: tomorrow, max_time: tomorrow, ..file(7, KIB) });
    all.push(ArchiveFile { table: "otel_spans".to_owned(), ..file(8, KIB) });
    assert_eq!(
        plan(all, hour(DAY, 12)),
        Plan { closes: Some(hour(DAY + 1, 2)), ..Plan::default() }
    );
}

#[test]
fn times_at_the_ends_of_time_do_no_harm() {
    for time in [i64::MIN, i64::MAX] {
        let time = TimestampMs(time);
        let all = files((0..9).map(|_| KIB)).into_iter();
        let all = all.map(|file| ArchiveFile { min_time: time, max_time: time, ..file });
        assert_eq!(plan(all.collect(), hour(DAY, 12)).merges.len(), 1);
    }
}
