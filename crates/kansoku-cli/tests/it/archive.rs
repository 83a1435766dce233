//! `kansoku archive`, where there is nothing to show, and beside a server.
use crate::binary::{Running, run, stderr};

#[test]
fn commands_say_what_they_lack() {
    let folder = tempfile::tempdir().unwrap();
    let (data, archive) = (folder.path().join("data"), folder.path().join("archive"));
    let (data, archive) = (data.to_str().unwrap(), format!("file://{}", archive.display()));
    let refusal = |verb: &[&str], more: &[&str]| {
        let refused = run(&[&["archive"], verb, &["--data", data], more].concat());
        assert_eq!(refused.status.code(), Some(1), "{verb:?}");
        stderr(&refused)
    };
    let at = ["--archive", &archive];
    assert!(refusal(&["status"], &at).contains("there is no store in"));

    let server = Running::start(data.as_ref(), &["--grpc-port", "off"]);
    for verb in [&["sql", "--for", "duckdb"][..], &["verify"]] {
        assert!(refusal(verb, &[]).contains("no archive is configured; name it by --archive"));
        assert!(refusal(verb, &at).contains("no trace of this data folder is archived yet"));
    }
    let refused = refusal(&["compact"], &at);
    assert!(refused.contains("a running server merges the files of its archive by itself"));
    assert!(refused.contains("is in use by another kansoku"), "{refused}");
    assert_eq!(server.stop().0, Some(0));

    // No archive is begun for a folder that has none.
    assert!(refusal(&["compact"], &at).contains("no trace of this data folder is archived yet"));
}
