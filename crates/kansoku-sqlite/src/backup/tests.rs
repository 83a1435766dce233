use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use kansoku_model::ExperimentId;
use kansoku_store::suite::build::{small_trace, trace_id};
use kansoku_store::{AccessStore, TokenSpec, TraceReads, TraceWrites};

fn open(data: &Path) -> SqliteStore {
    SqliteStore::open(&data.join(DATABASE), StoreOptions::default()).unwrap()
}

fn take_quietly(data: &Path, to: &Path) -> Result<Manifest, BackupError> {
    take(data, to, TimestampMs(1_700_000_000_000), |_| {})
}

fn restore_quietly(from: &Path, data: &Path, force: bool) -> Result<Manifest, BackupError> {
    restore(from, data, force, |_| {})
}

async fn put(store: &SqliteStore, n: u64) {
    store.append(ExperimentId::DEFAULT, small_trace(n, n)).await.unwrap();
}

async fn has(store: &SqliteStore, n: u64) -> bool {
    store.spans(&trace_id(n)).await.is_ok_and(|stored| !stored.chunks.is_empty())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_taken_while_traces_arrive_has_all_that_were_stored_before() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
    fs::create_dir(&data).unwrap();
    let store = Arc::new(open(&data));
    for n in 1..=200 {
        put(&store, n).await;
    }
    let done = Arc::new(AtomicBool::new(false));
    let (writing, ended) = (store.clone(), done.clone());
    let arrivals = tokio::spawn(async move {
        let mut n = 1000;
        while !ended.load(Ordering::Relaxed) {
            put(&writing, n).await;
            n += 1;
        }
        n
    });
    let from = data.clone();
    let to = copy.clone();
    let taken = tokio::task::spawn_blocking(move || take_quietly(&from, &to)).await.unwrap();
    done.store(true, Ordering::Relaxed);
    let next = arrivals.await.unwrap();
    store.close().await;

    assert_eq!(taken.unwrap().files, 0);
    let place = folder.path().join("place");
    fs::create_dir(&place).unwrap();
    restore_quietly(&copy, &place, false).unwrap();
    let restored = open(&place);
    for n in 1..=200 {
        assert!(has(&restored, n).await, "trace {n}");
    }
    // A snapshot contains a prefix of the traces written meanwhile, without gaps.
    let mut last = true;
    for n in 1000..next {
        let now = has(&restored, n).await;
        assert!(last || !now, "trace {n} without the one before it");
        last = now;
    }
    assert!(check_database(&place.join(DATABASE)).unwrap().is_none());
}

#[tokio::test]
async fn files_come_along_and_what_is_unfinished_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
    for below in ["artifacts/files/a", "artifacts/tmp", "blobs/ab"] {
        fs::create_dir_all(data.join(below)).unwrap();
    }
    fs::write(data.join("artifacts/files/a/b.txt"), "text").unwrap();
    fs::write(data.join("artifacts/tmp/half"), "ha").unwrap();
    fs::write(data.join("blobs/ab/abc"), "blob").unwrap();
    open(&data).close().await;
    let manifest = take_quietly(&data, &copy).unwrap();
    assert_eq!((manifest.files, manifest.files_bytes), (2, 8));
    assert_eq!(manifest.taken_at, "2023-11-14T22:13:20Z");

    let again = take_quietly(&data, &copy).unwrap_err();
    assert!(matches!(again, BackupError::Exists(_)), "{again}");
    let place = folder.path().join("place");
    restore_quietly(&copy, &place, false).unwrap();
    assert_eq!(fs::read_to_string(place.join("artifacts/files/a/b.txt")).unwrap(), "text");
    assert!(!place.join("blobs/ab/abc").exists(), "no trace has it");
    assert!(!place.join("artifacts/tmp").exists());

    let occupied = restore_quietly(&copy, &place, false).unwrap_err();
    assert!(matches!(occupied, BackupError::NotEmpty(_)), "{occupied}");
    fs::remove_file(copy.join("blobs/ab/abc")).unwrap();
    let incomplete = restore_quietly(&copy, &place, true).unwrap_err();
    assert!(incomplete.to_string().contains("1 files of 4 bytes"), "{incomplete}");
    assert_eq!(fs::read_to_string(place.join("artifacts/files/a/b.txt")).unwrap(), "text");
}

#[tokio::test]
async fn a_forced_restore_replaces_everything_and_an_unsound_backup_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
    fs::create_dir(&data).unwrap();
    let store = open(&data);
    put(&store, 1).await;
    store.close().await;
    take_quietly(&data, &copy).unwrap();
    let store = open(&data);
    put(&store, 2).await;
    store.add_token(TokenSpec::admin("later", [7; 32])).await.unwrap();
    store.close().await;

    let sound = fs::read(copy.join(DATABASE)).unwrap();
    let mut unsound = sound.clone();
    let middle = unsound.len() / 2;
    unsound[middle] ^= 0xff;
    fs::write(copy.join(DATABASE), unsound).unwrap();
    let refused = restore_quietly(&copy, &data, true).unwrap_err();
    assert!(refused.to_string().contains("is not as it was"), "{refused}");
    let store = open(&data);
    assert!(has(&store, 1).await && has(&store, 2).await);
    store.close().await;

    fs::write(copy.join(DATABASE), sound).unwrap();
    restore_quietly(&copy, &data, true).unwrap();
    let store = open(&data);
    assert!(has(&store, 1).await && !has(&store, 2).await);
    assert!(store.tokens().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_restore_that_a_crash_cut_short_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
    fs::create_dir_all(data.join("artifacts/files")).unwrap();
    fs::write(data.join("artifacts/files/old"), "old").unwrap();
    let store = open(&data);
    put(&store, 1).await;
    store.close().await;
    take_quietly(&data, &copy).unwrap();
    assert!(!finish_restore(&data).unwrap());

    // The state between the committing rename and the last moved file.
    let verified = data.join(".restore-verified");
    files::copy_folder(&copy, &verified, &[]).unwrap();
    fs::remove_file(data.join(DATABASE)).unwrap();
    fs::remove_dir_all(verified.join("artifacts")).unwrap();
    assert!(finish_restore(&data).unwrap());
    assert!(!verified.exists());
    assert!(has(&open(&data), 1).await);
}

#[test]
fn what_is_no_backup_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let refused = restore_quietly(&folder.path().join("nothing"), &data, false).unwrap_err();
    assert!(refused.to_string().contains("backup.json cannot be read"), "{refused}");
    assert!(!data.exists());
    let refused = take_quietly(&data, &folder.path().join("copy")).unwrap_err();
    assert!(matches!(refused, BackupError::NoData(_)), "{refused}");
}

#[tokio::test]
async fn what_broken_off_backups_left_is_cleared_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (data, backups) = (folder.path().join("data"), folder.path().join("backups"));
    fs::create_dir(&data).unwrap();
    open(&data).close().await;
    for (name, files) in [
        ("broken.partial", &[".kansoku-partial", "kansoku.db", "artifacts/files/a"][..]),
        ("older.partial", &["kansoku.db", "blobs/ab/c"]),
        ("empty.partial", &[]),
        ("whole.partial", &["kansoku.db", "backup.json"]),
        ("holiday.partial", &["photo.jpg"]),
        ("under-way.partial", &[".kansoku-partial"]),
        ("monday", &[".kansoku-partial", "kansoku.db"]),
    ] {
        fs::create_dir_all(backups.join(name)).unwrap();
        for file in files {
            let path = backups.join(name).join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
    }
    std::os::unix::fs::symlink(&data, backups.join("link.partial")).unwrap();
    let under_way = File::open(backups.join("under-way.partial/.kansoku-partial")).unwrap();
    under_way.lock().unwrap();

    take_quietly(&data, &backups.join("new")).unwrap();
    let mut left: Vec<String> = fs::read_dir(&backups)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    let kept =
        ["empty", "holiday", "link", "under-way", "whole"].map(|name| format!("{name}.partial"));
    let mut expected = [&kept[..], &["monday".to_owned(), "new".to_owned()]].concat();
    expected.sort();
    assert_eq!(left, expected);
    assert!(!backups.join("new/.kansoku-partial").exists());

    // A partial name that belongs to something else is rejected, and its content is kept.
    let refused = take_quietly(&data, &backups.join("holiday")).unwrap_err();
    assert!(refused.to_string().contains("`holiday.partial`"), "{refused}");
    assert!(!refused.to_string().contains(folder.path().to_str().unwrap()), "{refused}");
    assert!(backups.join("holiday.partial/photo.jpg").exists());
}
