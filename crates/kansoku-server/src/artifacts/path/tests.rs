use super::*;

#[test]
fn a_path_cannot_leave_the_folder() {
    for path in [
        "..",
        "../x",
        "a/../b",
        "a/..",
        "/etc/passwd",
        "//x",
        "a//b",
        "./a",
        "a/./b",
        "a\\..\\b",
        "C:/x",
        "%2e%2e/x",
        "a/%2E%2e/b",
        "a%2fb",
        "%252e",
        "a\0b",
        "a\nb",
        "/",
    ] {
        let parsed = ArtifactPath::parse(path);
        assert!(parsed.is_err(), "{path:?} became {parsed:?}");
    }
}

#[test]
fn ordinary_names_pass() {
    for path in ["a", "1/traces/tr-1/artifacts/traces.json", "日本/a b (1).txt", "a..b/...", "x/"]
    {
        assert!(ArtifactPath::parse(path).is_ok(), "{path:?}");
    }
    assert!(ArtifactPath::parse("").unwrap().is_empty());
    assert!(ArtifactPath::parse(&"x".repeat(255)).is_ok());
    assert!(ArtifactPath::parse(&"x".repeat(256)).is_err());
    assert!(ArtifactPath::parse(&vec!["x"; 65].join("/")).is_err());
}

#[test]
fn the_artifacts_of_a_trace_are_recognised() {
    let place = |path: &str| ArtifactPath::parse(path).unwrap().trace_place();
    let found = place("7/traces/tr-1/artifacts/attachments/u").unwrap();
    assert_eq!(found.experiment, ExperimentId(7));
    assert_eq!(found.trace.as_str(), "tr-1");
    assert_eq!(found.object, "attachments/u");
    assert_eq!(place("7/traces/tr-1/artifacts").unwrap().object, "");
    for other in ["7/run/artifacts/traces.json", "x/traces/t/artifacts/a", "7/traces/t/a"] {
        assert_eq!(place(other), None, "{other}");
    }
}
