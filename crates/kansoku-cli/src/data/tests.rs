use std::os::unix::fs::PermissionsExt as _;

use super::{DataLock, make_folder};

#[test]
fn a_folder_has_one_owner_at_a_time_and_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let first = DataLock::take(folder.path()).unwrap();
    let refused = DataLock::take(folder.path()).err().unwrap().to_string();
    let pid = std::process::id();
    let path = folder.path().display();
    assert_eq!(
        refused,
        format!(
            "the data folder {path} is in use by another kansoku (pid {pid}); stop it or choose another --data"
        )
    );
    drop(first);
    DataLock::take(folder.path()).unwrap();
}

#[test]
fn what_a_crashed_owner_left_is_no_lock() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kansoku.lock"), "1\n").unwrap();
    DataLock::take(folder.path()).unwrap();
}

#[test]
fn a_new_folder_is_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("a/b");
    make_folder(&data).unwrap();
    assert_eq!(data.metadata().unwrap().permissions().mode() & 0o777, 0o700);
}
