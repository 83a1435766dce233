use kansoku_filter::Term;
use kansoku_model::ExperimentId;

/// Every store on disk contains these numbers: a change here needs a migration.
#[test]
fn hashes_never_change() {
    let terms = [
        Term::State("OK".into()),
        Term::Name("chat".into()),
        Term::ClientRequestId("req-1".into()),
        Term::Tag("env".into(), "prod".into()),
        Term::Metadata("mlflow.trace.session".into(), "s1".into()),
        Term::Run("run-a".into()),
        Term::Prompt("qa".into(), "3".into()),
        Term::SpanName("root".into()),
        Term::SpanType("TOOL".into()),
        Term::SpanStatus("ERROR".into()),
        Term::Assessed { kind: "feedback".into(), name: "quality".into() },
        Term::AssessedAs {
            kind: "feedback".into(),
            name: "quality".into(),
            value_json: "0.9".into(),
        },
        Term::Issue("iss-1".into()),
    ];
    let lines: Vec<_> =
        terms.iter().map(|term| format!("{} {term:?}", term.hash(ExperimentId(1)))).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    -3977983880006447864 State("OK")
    -6596976817369547152 Name("chat")
    -4610203752583939319 ClientRequestId("req-1")
    -6915567161060854629 Tag("env", "prod")
    7782383933353186957 Metadata("mlflow.trace.session", "s1")
    1354570500153769588 Run("run-a")
    -4919204793382563741 Prompt("qa", "3")
    7390006620977900695 SpanName("root")
    -8934497153287220449 SpanType("TOOL")
    -2357244416274302395 SpanStatus("ERROR")
    7431710947356519713 Assessed { kind: "feedback", name: "quality" }
    2528102197341647135 AssessedAs { kind: "feedback", name: "quality", value_json: "0.9" }
    3913469394812517244 Issue("iss-1")
    "#);
}

#[test]
fn the_experiment_and_every_boundary_count() {
    let term = Term::Tag("ab".into(), "c".into());
    assert_ne!(term.hash(ExperimentId(1)), term.hash(ExperimentId(2)));
    assert_ne!(
        term.hash(ExperimentId(1)),
        Term::Tag("a".into(), "bc".into()).hash(ExperimentId(1))
    );
    assert_ne!(
        Term::Name("x".into()).hash(ExperimentId(1)),
        Term::SpanName("x".into()).hash(ExperimentId(1))
    );
}

#[test]
fn bookkeeping_and_long_values_are_not_indexed() {
    let metadata = |key: &'static str| Term::Metadata(key.into(), "1".into());
    assert!(metadata("mlflow.trace.session").is_indexed());
    assert!(!metadata("mlflow.trace.sizeStats").is_indexed());
    assert!(!metadata("mlflow.traceInputs").is_indexed());
    assert!(Term::Tag("k".into(), "v".repeat(1024).into()).is_indexed());
    assert!(!Term::Tag("k".into(), "v".repeat(1025).into()).is_indexed());
}
