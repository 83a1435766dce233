use std::ffi::OsString;
use std::path::PathBuf;

use super::{GrpcPort, Settings, command, resolve};

fn with(flags: &[&str], file: Option<&str>, env: &[(&str, &str)]) -> anyhow::Result<Settings> {
    let folder = tempfile::tempdir().unwrap();
    let config = file.map(|text| {
        let path = folder.path().join("kansoku.toml");
        std::fs::write(&path, text).unwrap();
        path
    });
    let env = env.iter().map(|(key, value)| (OsString::from(key), OsString::from(value)));
    resolve(flags.iter().map(OsString::from).collect(), config, env)
}

/// The error message without the temporary folder's name, which differs each time.
fn refusal(file: Option<&str>, env: &[(&str, &str)]) -> String {
    let message = format!("{:#}", with(&[], file, env).unwrap_err());
    let words =
        message.split(' ').map(|word| word.find("kansoku.toml").map_or(word, |at| &word[at..]));
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn nothing_said_means_the_defaults() {
    let settings = with(&[], None, &[("HOME", "/home/ada")]).unwrap();
    assert_eq!((settings.host.as_str(), settings.port), ("127.0.0.1", 5000));
    assert_eq!(settings.data, PathBuf::from("./kansoku-data"));
    assert!(!settings.allow_anonymous);
}

#[test]
fn a_flag_beats_the_environment_which_beats_the_file() {
    let file = Some("port = 1\nreaders = 1\nsearch_deadline_s = 1\n");
    let env = [("KANSOKU_PORT", "2"), ("KANSOKU_READERS", "2")];
    let settings = with(&["--port", "3"], file, &env).unwrap();
    assert_eq!((settings.port, settings.readers, settings.search_deadline_s), (3, 2, 1));
}

#[test]
fn the_file_may_be_named_by_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("k.toml");
    std::fs::write(&path, "allow_anonymous = true\nlog = \"json\"").unwrap();
    let env = [(OsString::from("KANSOKU_CONFIG"), path.into_os_string())];
    let settings = resolve(Vec::new(), None, env).unwrap();
    assert!(settings.allow_anonymous);
    assert_eq!(settings.log, super::LogForm::Json);
}

#[test]
fn a_switch_is_on_when_named_and_can_be_turned_off_again() {
    assert!(with(&["--allow-anonymous"], None, &[]).unwrap().allow_anonymous);
    let env = [("KANSOKU_ALLOW_ANONYMOUS", "true")];
    assert!(with(&[], None, &env).unwrap().allow_anonymous);
    assert!(!with(&["--allow-anonymous=false"], None, &env).unwrap().allow_anonymous);
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_known_one() {
    let command = command();
    let longs = command.get_arguments().filter_map(|arg| arg.get_long());
    let keys: Vec<String> =
        longs.filter(|long| *long != "config").map(|long| long.replace('-', "_")).collect();
    assert!(30 < keys.len() && keys.iter().any(|key| key == "search_deadline_s"), "{keys:?}");
    let all = &*format!("there are {}", keys.join(", "));
    for (file, complaint) in [
        ("prot = 1", "`prot` in kansoku.toml is not a setting; did you mean `port`?"),
        ("[reader]\na = 1", "`reader` in kansoku.toml is not a setting; did you mean `readers`?"),
        (
            "log-filter = 'info'",
            "`log-filter` in kansoku.toml is not a setting; write `log_filter`",
        ),
        ("config = 'x'", &format!("`config` in kansoku.toml is not a setting; {all}")),
        ("zzz = 1", &format!("`zzz` in kansoku.toml is not a setting; {all}")),
    ] {
        assert_eq!(refusal(Some(file), &[]), complaint);
    }
    assert_eq!(
        refusal(None, &[("KANSOKU_SEARCH_DEADLIN", "1")]),
        "the variable `KANSOKU_SEARCH_DEADLIN` is not a setting; did you mean `KANSOKU_SEARCH_DEADLINE_S`?"
    );
}

#[test]
fn a_wrong_value_is_refused_where_it_stands() {
    for (file, complaint) in [
        ("port = 70000", "`port` in kansoku.toml is `70000`: 70000 is not in 0..=65535"),
        ("port = [1]", "`port` in kansoku.toml must be one plain value"),
        (
            "log_filter = 'info,,='",
            "`log_filter` in kansoku.toml is `info,,=`: invalid filter directive",
        ),
    ] {
        assert_eq!(refusal(Some(file), &[]), complaint);
    }
    for (variable, value, complaint) in [
        ("KANSOKU_LOG", "xml", "is `xml`; it must be one of text, json"),
        ("KANSOKU_READERS", "0", "is `0`: 0 is not in 1..=64"),
        ("KANSOKU_ALLOW_ANONYMOUS", "yes", "is `yes`; it must be one of true, false"),
    ] {
        let said = refusal(None, &[(variable, value)]);
        assert_eq!(said, format!("the variable `{variable}` {complaint}"));
    }
}

#[test]
fn the_port_for_grpc_is_a_number_or_a_word() {
    let port = |text: &str| with(&["--grpc-port", text], None, &[]).unwrap().grpc_port;
    assert_eq!(with(&[], None, &[]).unwrap().grpc_port, GrpcPort::Auto);
    assert_eq!(
        (port("off"), port("0"), port("4319")),
        (GrpcPort::Off, GrpcPort::Off, GrpcPort::On(4319))
    );
    let said = refusal(None, &[("KANSOKU_GRPC_PORT", "on")]);
    assert_eq!(
        said,
        "the variable `KANSOKU_GRPC_PORT` is `on`: it must be `auto`, `off` or a port up to 65535"
    );
}

#[test]
fn services_have_their_experiments_in_a_table_or_in_pairs() {
    let table = "[ingest.services]\ncheckout = '/Shared/checkout'\n'a,b=c' = 'x, y'\n";
    let of = |settings: Settings| settings.ingest_services.0.into_iter().collect::<Vec<_>>();
    let pair = |service: &str, name: &str| (service.to_owned(), name.to_owned());
    assert_eq!(
        of(with(&[], Some(table), &[]).unwrap()),
        [pair("a,b=c", "x, y"), pair("checkout", "/Shared/checkout")]
    );
    let env = [("KANSOKU_INGEST_SERVICES", "web = /Shared/web, api=/Shared/api")];
    assert_eq!(
        of(with(&[], Some(table), &env).unwrap()),
        [pair("api", "/Shared/api"), pair("web", "/Shared/web")]
    );
    for (file, complaint) in [
        (
            "[ingest]\na = 1",
            "`ingest.a` in kansoku.toml is not a setting; there is the table `[ingest.services]`",
        ),
        (
            "[ingest.services]\na = 1",
            "`a` under [ingest.services] in kansoku.toml must be the name of an experiment",
        ),
        (
            "ingest_services = 'a'",
            "`ingest_services` in kansoku.toml is `a`: `a` is not of the form SERVICE=EXPERIMENT",
        ),
    ] {
        assert_eq!(refusal(Some(file), &[]), complaint);
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = resolve(Vec::new(), Some(PathBuf::from("/nowhere/k.toml")), []).unwrap_err();
    let message = format!("{error:#}");
    assert!(message.starts_with("could not read the settings file /nowhere/k.toml: "), "{message}");
}

#[test]
fn what_kubernetes_says_of_a_service_named_kansoku_is_not_ours() {
    let env = [
        ("KANSOKU_PORT", "tcp://10.0.0.1:5000"),
        ("KANSOKU_PORT_5000_TCP_ADDR", "10.0.0.1"),
        ("KANSOKU_SERVICE_HOST", "10.0.0.1"),
    ];
    assert_eq!(with(&[], None, &env).unwrap().port, 5000);
}
