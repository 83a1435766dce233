use futures::stream;

use super::*;

fn open() -> (Artifacts, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (Artifacts::open(dir.path()).unwrap(), dir)
}

fn body(chunks: &[&'static str]) -> impl Stream<Item = Result<Bytes, String>> {
    stream::iter(chunks.iter().map(|c| Ok(Bytes::from_static(c.as_bytes()))).collect::<Vec<_>>())
}

fn path(text: &str) -> ArtifactPath {
    ArtifactPath::parse(text).unwrap()
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_the_old_file() {
    let (artifacts, dir) = open();
    let to = artifacts.file(&path("1/a.txt")).await.unwrap();
    artifacts.write(&to, "1/a.txt", body(&["ol", "d"])).await.unwrap();

    let broken = stream::iter([Ok(Bytes::from_static(b"ne")), Err("reset")]);
    let error = artifacts.write(&to, "1/a.txt", broken).await.unwrap_err();

    assert_eq!(error.to_string(), "the upload broke off: reset");
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "old");
    assert_eq!(std::fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_file_is_no_folder_and_a_folder_no_file() {
    let (artifacts, _dir) = open();
    artifacts
        .write(&artifacts.file(&path("1/a")).await.unwrap(), "1/a", body(&["x"]))
        .await
        .unwrap();

    for wrong in ["1/a/b", "1"] {
        let to = artifacts.file(&path(wrong)).await.unwrap();
        let error = artifacts.write(&to, wrong, body(&["y"])).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidParameterValue, "{wrong}: {error}");
    }
    for wrong in ["1", "1/b"] {
        let error = artifacts
            .read(&artifacts.file(&path(wrong)).await.unwrap(), wrong)
            .await
            .err()
            .unwrap();
        assert_eq!(error.code(), ErrorCode::ResourceDoesNotExist, "{wrong}: {error}");
    }
}

#[tokio::test]
async fn a_start_sweeps_what_a_crash_left_and_keeps_the_rest() {
    let (artifacts, dir) = open();
    let to = artifacts.file(&path("1/a")).await.unwrap();
    artifacts.write(&to, "1/a", body(&["x"])).await.unwrap();
    std::fs::write(artifacts.temporary(), "half").unwrap();

    Artifacts::open(dir.path()).unwrap();

    assert_eq!(std::fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
    assert!(to.exists());
}

#[tokio::test]
async fn traces_with_odd_ids_keep_to_their_own_folder() {
    let (artifacts, dir) = open();
    let mut seen = std::collections::HashSet::new();
    let long = "x".repeat(250);
    for id in ["tr-1", "..", "a/b", "a\\b", long.as_str(), ".hidden"] {
        let folder = artifacts.trace(&TraceId::try_from(id.to_owned()).unwrap());
        assert_eq!(folder.parent().unwrap(), dir.path().join("traces"), "{id}");
        assert!(folder.file_name().unwrap().len() <= 128);
        assert!(seen.insert(folder));
    }
}
