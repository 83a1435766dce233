use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::binary::{Running, kansoku, run, stderr, stdout};

fn data_of(folder: &tempfile::TempDir) -> String {
    folder.path().join("data").display().to_string()
}

#[test]
fn a_fresh_server_passes_its_own_check_and_ends_well_when_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start(folder.path(), &["--log", "json"]);

    let verified = run(&["verify", "--url", &server.url]);
    assert!(verified.status.success(), "{}", stdout(&verified));
    assert_eq!(stdout(&verified).matches("  ok  ").count(), 7);

    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    for line in log.lines() {
        serde_json::from_str::<serde_json::Value>(line)
            .unwrap_or_else(|_| panic!("not JSON: {line}"));
    }
    let left_in_log = folder.path().join("kansoku.db-wal").metadata().map_or(0, |file| file.len());
    assert_eq!(left_in_log, 0, "the write-ahead log was not folded in");
}

#[test]
fn a_request_under_way_is_answered_and_a_new_one_refused_while_the_server_stops() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Running::start(folder.path(), &[]);
    let address = server.url.trim_start_matches("http://").to_owned();
    let mut slow = TcpStream::connect(&address).unwrap();
    let body = br#"{"name": "slow"}"#;
    let head = format!(
        "POST /api/2.0/mlflow/experiments/create HTTP/1.1\r\nhost: {address}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    slow.write_all(head.as_bytes()).unwrap();
    slow.write_all(&body[..5]).unwrap();
    sleep(Duration::from_millis(200));

    server.ask_to_stop();
    let mut tries = 0;
    while TcpStream::connect(&address).is_ok() {
        tries += 1;
        assert!(tries < 500, "new connections are still accepted");
        sleep(Duration::from_millis(10));
    }
    slow.write_all(&body[5..]).unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("experiment_id"), "{answer}");
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_live_stream_tells_at_once_and_holds_up_no_end() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start(folder.path(), &[]);
    let address = server.url.trim_start_matches("http://").to_owned();
    let mut live = TcpStream::connect(&address).unwrap();
    live.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let path = "/api/3.0/kansoku/experiments/0/traces/events";
    write!(live, "GET {path} HTTP/1.1\r\nhost: {address}\r\naccept-encoding: gzip\r\n\r\n")
        .unwrap();
    let mut told = String::new();
    let mut read_until = |text: &str| {
        let mut bytes = [0; 4096];
        while !told.contains(text) {
            let n = live.read(&mut bytes).unwrap();
            assert_ne!(n, 0, "it ended with `{told}`");
            told.push_str(&String::from_utf8_lossy(&bytes[..n]));
        }
    };
    read_until("\r\n\r\n");
    let body = r#"{"resourceSpans": [{"scopeSpans": [{"spans": [{
        "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "ask",
        "startTimeUnixNano": "1700000000000000000"}]}]}]}"#;
    let mut export = TcpStream::connect(&address).unwrap();
    write!(
        export,
        "POST /v1/traces HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    read_until("event: trace");
    read_until("IN_PROGRESS");
    drop(export);

    let since = Instant::now();
    let (code, log) = server.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(since.elapsed() < Duration::from_secs(10), "the stream held up the end: {log}");
}

#[test]
fn a_second_server_on_a_folder_is_refused_and_told_who_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start(folder.path(), &[]);
    let data = folder.path().display().to_string();
    let second = run(&["serve", "--port", "0", "--data", &data]);
    assert_eq!(second.status.code(), Some(1));
    let pid = server.child.id();
    assert_eq!(
        stderr(&second),
        format!(
            "error: the data folder {data} is in use by another kansoku (pid {pid}); stop it or choose another --data\n"
        )
    );
}

#[test]
fn a_port_in_use_is_one_sentence() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Running::start(first.path(), &[]);
    let refused = run(&["serve", "--port", server.port(), "--data", &data_of(&second)]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        stderr(&refused),
        format!(
            "error: port {} on 127.0.0.1 is in use by another program; stop it or choose another --port\n",
            server.port()
        )
    );
}

#[test]
fn beyond_this_machine_a_token_is_needed_or_the_wish_to_have_none() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_of(&folder);
    let refused = run(&["serve", "--host", "0.0.0.0", "--port", "0", "--data", &data]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("`kansoku token create --name NAME --data "),
        "{}",
        stderr(&refused)
    );

    let path = folder.path().join("data");
    drop(Running::start(&path, &["--host", "0.0.0.0", "--allow-anonymous"]));
    assert!(run(&["token", "create", "--name", "ci", "--data", &data]).status.success());
    drop(Running::start(&path, &["--host", "0.0.0.0"]));
}

#[test]
fn a_running_server_takes_new_and_deleted_tokens_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().display().to_string();
    let server = Running::start(folder.path(), &[]);
    let created = stdout(&run(&["token", "create", "--name", "ci", "--data", &data]));
    let token = created.lines().last().unwrap();
    assert!(token.starts_with("kan_"), "{created}");

    let without = run(&["verify", "--url", &server.url]);
    assert_eq!(without.status.code(), Some(1));
    assert!(stdout(&without).contains("wants a token and none was given"), "{}", stdout(&without));
    let with = run(&["verify", "--url", &server.url, "--token", token]);
    assert!(with.status.success(), "{}", stdout(&with));

    let listed = stdout(&run(&["token", "list", "--data", &data]));
    assert!(
        listed.lines().nth(1).is_some_and(|row| row.starts_with("ci    admin   all")),
        "{listed}"
    );
    // The last token cannot be deleted, but tokens can be disabled for a server on this machine.
    let refused = run(&["token", "delete", "ci", "--data", &data]);
    assert!(stderr(&refused).contains("is the last one that can manage tokens"), "{refused:?}");
    let created = stdout(&run(&["token", "create", "--name", "other", "--data", &data]));
    assert!(run(&["token", "delete", "ci", "--data", &data]).status.success());
    let deleted = run(&["verify", "--url", &server.url, "--token", token]);
    assert_eq!(deleted.status.code(), Some(1));
    let rotated = stdout(&run(&["token", "rotate", "other", "--data", &data]));
    for token in [created, rotated] {
        let token = token.lines().last().unwrap().to_owned();
        assert!(run(&["verify", "--url", &server.url, "--token", &token]).status.success());
    }
    assert_eq!(run(&["token", "disable", "--data", &data]).status.code(), Some(2));
    assert!(run(&["token", "disable", "--yes", "--data", &data]).status.success());
    assert!(run(&["verify", "--url", &server.url]).status.success());
}

#[test]
fn a_server_beyond_this_machine_does_not_open_when_its_tokens_go() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_of(&folder);
    assert!(run(&["token", "create", "--name", "ci", "--data", &data]).status.success());
    let server = Running::start(&folder.path().join("data"), &["--host", "0.0.0.0"]);
    assert!(run(&["token", "disable", "--yes", "--data", &data]).status.success());
    let verified = run(&["verify", "--url", &server.url]);
    assert!(stdout(&verified).contains("wants a token and none was given"), "{verified:?}");
}

#[test]
fn a_server_that_requires_tokens_starts_without_any_and_lets_nobody_in() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_of(&folder);
    let path = folder.path().join("data");
    let server = Running::start(&path, &["--require-tokens", "true"]);
    let verified = run(&["verify", "--url", &server.url]);
    assert!(stdout(&verified).contains("wants a token and none was given"), "{verified:?}");
    let created = stdout(&run(&["token", "create", "--name", "ci", "--data", &data]));
    let token = created.lines().last().unwrap();
    assert!(run(&["verify", "--url", &server.url, "--token", token]).status.success());
}

#[test]
fn an_agents_token_is_made_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = data_of(&folder);
    let made = run(&[
        "token",
        "create",
        "--name",
        "agent",
        "--scope",
        "ingest",
        "--scope",
        "feedback",
        "--experiment",
        "/Shared/a",
        "--experiment-prefix",
        "/Shared/team/*",
        "--expires",
        "90d",
        "--data",
        &data,
    ]);
    assert!(made.status.success(), "{made:?}");
    let listed = stdout(&run(&["token", "list", "--json", "--data", &data]));
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed[0]["scopes"], serde_json::json!(["ingest", "feedback"]));
    let experiments = serde_json::json!({
        "ids": [], "names": ["/Shared/a"], "prefixes": ["/Shared/team/"],
    });
    assert_eq!(listed[0]["experiments"], experiments);
    assert!(listed[0]["expires_ms"].as_i64().unwrap() > listed[0]["created_ms"].as_i64().unwrap());
    for wrong in [
        &["--scope", "root"][..],
        &["--scope", "admin", "--experiment", "a"],
        &["--experiment", "a"],
        &["--expires", "soon"],
    ] {
        let refused = run(&[&["token", "create", "--name", "x", "--data", &data], wrong].concat());
        assert!(!refused.status.success(), "{wrong:?}");
    }
}

#[test]
fn audit_events_are_written_to_a_file_of_their_own_without_secrets() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let data = data_of(&folder);
    let log = folder.path().join("audit.log");
    let created = stdout(&run(&["token", "create", "--name", "boss", "--data", &data]));
    let boss = created.lines().last().unwrap().to_owned();
    let log_flag = log.display().to_string();
    let flags = ["--audit-log", &log_flag, "--log-filter", "warn"];
    let server = Running::start(&folder.path().join("data"), &flags);
    let post = |path: &str, token: &str, body: serde_json::Value| {
        let url = format!("{}/api/3.0/kansoku/{path}", server.url);
        let request = ureq::post(&url).config().http_status_as_error(false).build();
        let request = request.header("authorization", &format!("Bearer {token}"));
        let mut answer = request.send_json(body).unwrap();
        answer.body_mut().read_to_string().unwrap()
    };
    post("tokens", "kan_wrong", serde_json::json!({ "name": "x" }));
    post("session", "", serde_json::json!({ "token": "kan_guess" }));
    let made = post("tokens", &boss, serde_json::json!({ "name": "agent", "scopes": ["ingest"] }));
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let agent = made["token"].as_str().unwrap();
    post("backup", agent, serde_json::json!({ "to": "monday" }));
    post("backup", &boss, serde_json::json!({ "to": "monday" }));
    drop(server);

    let text = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let events: Vec<&str> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(
        events,
        ["token_refused", "sign_in_failed", "token_created", "access_denied", "backup_taken"]
    );
    assert_eq!((&lines[2]["token"], &lines[2]["outcome"]), (&"boss".into(), &"done".into()));
    assert_eq!(lines[2]["object"], "token `agent` with scopes ingest");
    assert_eq!(lines[2]["address"], "127.0.0.1");
    assert_eq!((&lines[3]["token"], &lines[3]["outcome"]), (&"agent".into(), &"refused".into()));
    for secret in [boss.as_str(), agent, "kan_wrong", "kan_guess", "Bearer"] {
        assert!(!text.contains(secret), "{text}");
    }
    let mode = std::fs::metadata(&log).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_missing_experiment_is_named_with_its_cure() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start(folder.path(), &[]);
    let verified = run(&["verify", "--url", &server.url, "--experiment", "/Shared/none"]);
    assert_eq!(verified.status.code(), Some(1));
    let said = stdout(&verified);
    assert!(said.contains("mlflow.set_experiment(\"/Shared/none\") creates it"), "{said}");
}

#[test]
fn a_misspelled_variable_stops_the_start() {
    let refused = kansoku().arg("serve").env("KANSOKU_PROT", "1").output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        stderr(&refused),
        "error: the variable `KANSOKU_PROT` is not a setting; did you mean `KANSOKU_PORT`?\n"
    );
}

#[test]
fn a_bad_price_file_stops_the_start_and_names_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("prices.toml").display().to_string();
    let price = "[[model]]\nnames = [\"ours\"]\nprices = [{ input = \"cheap\" }]\n";
    std::fs::write(&file, price).unwrap();
    let data = data_of(&folder);
    let refused = run(&["serve", "--port", "0", "--data", &data, "--price-file", &file]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        stderr(&refused),
        format!(
            "error: the price file {file} is not valid: line 3: `cheap` is not a price: write \
             dollars per million tokens, such as \"2.50\", with at most 6 digits after the point\n"
        )
    );
    let missing =
        run(&["serve", "--port", "0", "--data", &data, "--price-file", "/nowhere/p.toml"]);
    assert!(
        stderr(&missing).starts_with("error: could not read the price file /nowhere/p.toml: "),
        "{}",
        stderr(&missing)
    );
}

#[test]
fn a_backup_of_a_running_server_becomes_a_server_again() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy, place) =
        (data_of(&folder), folder.path().join("copy"), folder.path().join("place"));
    let (copy, place) = (copy.display().to_string(), place.display().to_string());
    let server = Running::start(&folder.path().join("data"), &[]);
    assert!(run(&["token", "create", "--name", "ci", "--data", &data]).status.success());
    let taken = run(&["backup", "--to", &copy, "--data", &data]);
    assert!(taken.status.success(), "{}", stderr(&taken));
    assert!(
        stdout(&taken).starts_with(&format!("Backup `{copy}` is on disk: ")),
        "{}",
        stdout(&taken)
    );

    let occupied = run(&["restore", "--from", &copy, "--data", &data, "--force"]);
    assert!(stderr(&occupied).contains("in use by another kansoku"), "{}", stderr(&occupied));
    let restored = run(&["restore", "--from", &copy, "--data", &place]);
    assert!(restored.status.success(), "{}", stderr(&restored));
    let again = run(&["restore", "--from", &copy, "--data", &place]);
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("is not empty; give --force"), "{}", stderr(&again));
    let listed = stdout(&run(&["token", "list", "--data", &place]));
    assert!(listed.lines().nth(1).is_some_and(|row| row.starts_with("ci ")), "{listed}");
    drop(server);
}

#[test]
fn a_server_takes_a_backup_of_itself_when_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start(folder.path(), &[]);
    let taken = run(&["backup", "--url", &server.url, "--to", "monday"]);
    assert!(taken.status.success(), "{}", stderr(&taken));
    assert!(folder.path().join("backups/monday/backup.json").exists());
    let again = run(&["backup", "--url", &server.url, "--to", "monday"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("exists already; name a new one"), "{}", stderr(&again));
}
