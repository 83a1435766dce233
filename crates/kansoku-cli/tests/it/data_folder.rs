//! Permissions of the data folder and its files, and a limit on file sizes.
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use rand::RngExt as _;

use crate::binary::{Running, run, stderr, through};

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// Every file and folder below a folder.
fn all_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut all = vec![folder.to_owned()];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(all_below(&path));
        } else {
            all.push(path);
        }
    }
    all
}

#[test]
fn all_files_are_their_owners_alone_whatever_they_were_before() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(data.join("kansoku.lock"), "").unwrap();
    std::fs::set_permissions(data.join("kansoku.lock"), std::fs::Permissions::from_mode(0o644))
        .unwrap();
    let server = Running::start(&data, &["--blob-over", "10B"]);
    let verified = run(&["verify", "--url", &server.url]);
    assert!(verified.status.success(), "{}", stderr(&verified));
    let put = ureq::put(format!("{}/api/2.0/mlflow-artifacts/artifacts/0/a/b.txt", server.url));
    put.send("text").unwrap();
    let taken = run(&["backup", "--url", &server.url, "--to", "monday"]);
    assert!(taken.status.success(), "{}", stderr(&taken));
    let open: Vec<_> =
        all_below(&data).into_iter().filter(|path| mode(path) & 0o077 != 0).collect();
    assert_eq!(open, [""; 0].map(std::path::PathBuf::from));
    let (_, log) = server.stop();
    assert!(log.contains("was open to others (mode 755)"), "{log}");
}

/// A request with one span that has incompressible text.
fn spans() -> serde_json::Value {
    let mut rng = rand::rng();
    let text: String = (0..600_000).map(|_| rng.random_range('!'..='~')).collect();
    let id = |bytes: usize| (0..bytes).map(|_| format!("{:02x}", rand::random::<u8>())).collect();
    let (trace, span): (String, String) = (id(16), id(8));
    serde_json::json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{
        "traceId": trace, "spanId": span, "name": "large",
        "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000000001000000",
        "attributes": [{ "key": "text", "value": { "stringValue": text } }],
    }] }] }] })
}

/// A shell that limits file sizes and executes its arguments. A block has 512 or 1,024 bytes,
/// depending on the shell.
fn limited_to(blocks: u32) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
    command
}

#[test]
fn a_limit_on_the_size_of_files_is_answered_with_503() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start_by(limited_to(16_384), folder.path(), &["--grpc-port", "off"]);

    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut taken = 0;
    let refused = loop {
        let sent = agent.post(format!("{}/v1/traces", server.url)).send_json(spans()).unwrap();
        match sent.status().as_u16() {
            200 if taken < 80 => taken += 1,
            status => break status,
        }
    };
    assert!(5 < taken, "{taken}");
    assert_eq!(refused, 503, "after {taken} requests");
    let mut health = agent.get(format!("{}/health", server.url)).call().unwrap();
    let said = health.body_mut().read_to_string().unwrap();
    assert_eq!(health.status(), 503, "{said}");
    assert!(said.contains("writes fail"), "{said}");
    let copy = folder.path().join("copy").display().to_string();
    let data = folder.path().display().to_string();
    let mut backup = through(limited_to(64));
    let refused = backup.args(["backup", "--to", &copy, "--data", &data]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{}", stderr(&refused));
}

#[test]
fn a_start_clears_what_broken_off_backups_left() {
    let folder = tempfile::tempdir().unwrap();
    let broken_off = folder.path().join("backups/monday.partial");
    std::fs::create_dir_all(&broken_off).unwrap();
    std::fs::write(broken_off.join(".kansoku-partial"), "").unwrap();
    std::fs::write(broken_off.join("kansoku.db"), "half").unwrap();
    let _server = Running::start(folder.path(), &[]);
    assert!(!broken_off.exists());
}
