use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use super::{DataLock, Reach, make_folder};

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

#[test]
fn what_is_open_to_others_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir_all(data.join("artifacts/files")).unwrap();
    let paths = ["kansoku.db", "kansoku.db-wal", "kansoku.lock"].map(|name| data.join(name));
    for path in &paths {
        std::fs::write(path, "x").unwrap();
        std::fs::set_permissions(path, Permissions::from_mode(0o664)).unwrap();
    }
    for path in [data.join("artifacts"), data.clone()] {
        std::fs::set_permissions(path, Permissions::from_mode(0o2775)).unwrap();
    }
    make_folder(&data).unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&data) & 0o777, 0o700);
    assert_eq!(mode(&data.join("artifacts")) & 0o777, 0o700);
    assert_eq!(paths.map(|path| mode(&path)), [0o600; 3]);
}

#[test]
fn who_may_look_into_something_is_in_its_mode() {
    for (mode, reach) in [
        (0o700, Reach::Owner),
        (0o2700, Reach::Owner),
        (0o770, Reach::Group),
        (0o640, Reach::Group),
        (0o701, Reach::Everybody),
        (0o666, Reach::Everybody),
    ] {
        assert_eq!(Reach::from_mode(mode), reach, "{mode:o}");
    }
}
