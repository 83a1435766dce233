use kansoku_model::{AssessmentId, TimestampMs, TraceId};
use kansoku_store::ReviewedFeedback;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// A trace that a version of the scorer and a person judged.
fn judged(n: i64, version: &str, scorer: &Value, person: &Value) -> ReviewedTrace {
    let feedback = |id: String, is_by_person, value: &Value| ReviewedFeedback {
        id: AssessmentId(id),
        is_by_person,
        span_id: None,
        is_of_session: false,
        value: Some(value.to_string()),
        scorer_version: (!is_by_person).then(|| version.into()),
        overrides: None,
        is_valid: true,
        time: TimestampMs(n),
    };
    ReviewedTrace {
        trace_id: TraceId::try_from(format!("tr-{n}")).unwrap(),
        time: TimestampMs(n),
        feedback: vec![
            feedback(format!("s-{n}"), false, scorer),
            feedback(format!("p-{n}"), true, person),
        ],
    }
}

fn fold(pairs: &[(&str, Value, Value)]) -> AgreementFold {
    let mut fold = AgreementFold::default();
    for (n, (version, scorer, person)) in pairs.iter().enumerate() {
        fold.add(&judged(n as i64, version, scorer, person));
    }
    fold
}

#[test]
fn yes_and_no_are_compared_in_any_spelling() {
    let pairs = [
        ("1", json!("yes"), json!(true)),
        ("1", json!("yes"), json!("no")),
        ("2", json!("no"), json!(0)),
        ("10", json!("no"), json!("no")),
    ];
    let all = fold(&pairs).finish(None);
    assert_eq!((all.compared, all.agreed, all.scale), (4, 3, ScaleKind::Binary));
    assert_eq!(all.categories, ["yes", "no"]);
    assert_eq!(all.matrix, [[1, 1], [0, 2]]);
    assert_eq!(all.kappa.map(|it| (it.value, it.is_weighted)), Some((0.5, false)));
    let versions: Vec<_> =
        all.versions.iter().map(|it| (it.version.as_deref(), it.compared, it.agreed)).collect();
    assert_eq!(versions, [(Some("10"), 1, 1), (Some("2"), 1, 1), (Some("1"), 2, 1)]);
    let first = fold(&pairs).finish(Some("1"));
    assert_eq!((first.compared, first.matrix), (2, vec![vec![1, 1], vec![0, 0]]));
    assert_eq!(first.versions.len(), 3);
}

#[test]
fn few_numbers_are_ordered_categories() {
    let pairs: Vec<_> =
        [(1, 2), (2, 2), (5, 4), (3, 3)].map(|(a, b)| ("1", json!(a), json!(b))).into();
    let found = fold(&pairs).finish(None);
    assert_eq!((found.scale, found.agreed), (ScaleKind::Numbers, 2));
    assert_eq!(found.categories, ["1", "2", "3", "4", "5"]);
    assert!(found.kappa.is_some_and(|kappa| kappa.is_weighted && 0.5 < kappa.value));
    let numbers = found.numbers.unwrap();
    assert_eq!((numbers.mean_difference, numbers.mean_absolute_difference), (0.0, 0.5));
    assert!(numbers.correlation.is_some_and(|it| 0.9 < it));
}

#[test]
fn more_numbers_are_compared_by_interval() {
    let of = |count: u32| {
        let pairs = (0..count).map(|n| {
            let number = f64::from(n) / f64::from(count - 1);
            ("1", json!(number), json!(number))
        });
        fold(&pairs.collect::<Vec<_>>()).finish(None)
    };
    assert_eq!(of(10).scale, ScaleKind::Numbers);
    let many = of(11);
    assert_eq!((many.scale, many.agreed), (ScaleKind::Intervals, 11));
    assert_eq!(many.categories, ["0 to 0.2", "0.2 to 0.4", "0.4 to 0.6", "0.6 to 0.8", "0.8 to 1"]);
    let same = many.matrix.iter().enumerate().map(|(n, row)| row[n]).sum::<u64>();
    assert_eq!(same, 11);
}

#[test]
fn the_rarest_of_many_texts_share_a_category() {
    let of = |count: u32| {
        let text = |n: u32| json!(format!("text {n:02}"));
        let mut pairs: Vec<_> = (0..count).map(|n| ("1", text(n), text(n))).collect();
        pairs.push(("1", text(0), text(count - 1)));
        pairs.push(("1", text(0), text(1)));
        fold(&pairs).finish(None)
    };
    let some = of(20);
    assert_eq!((some.categories.len(), some.agreed), (20, 20));
    assert!(some.kappa.is_some_and(|kappa| !kappa.is_weighted));
    let many = of(22);
    assert_eq!((many.categories.len(), many.agreed, many.kappa), (21, 22, None));
    assert_eq!(many.categories[20], "other");
}

#[test]
fn nothing_compared_is_no_agreement() {
    let none = AgreementFold::default().finish(None);
    assert_eq!((none.compared, none.agreed, none.kappa), (0, 0, None));
    let page = AgreementFold::default().page(&CaseQuery { max_results: 5, ..CaseQuery::default() });
    assert_eq!(page.unwrap(), CasePage { cases: Vec::new(), next_page_token: None });
}

#[test]
fn disagreements_and_cells_are_listed_newest_first_page_by_page() {
    let answer = |is_yes: bool| json!(if is_yes { "yes" } else { "no" });
    let pairs: Vec<_> = (0..9).map(|n| ("1", answer(n % 3 == 0), answer(n % 2 == 0))).collect();
    let list = |query: &CaseQuery| {
        let page = fold(&pairs).page(query).unwrap();
        let ids: Vec<_> = page.cases.iter().map(|case| case.pair.trace.to_string()).collect();
        (ids.join(" "), page.next_page_token)
    };
    let mut query = CaseQuery { max_results: 3, ..CaseQuery::default() };
    let (first, next) = list(&query);
    assert_eq!(first, "tr-8 tr-4 tr-3");
    query.page_token = next;
    let (second, next) = list(&query);
    assert_eq!((second.as_str(), next), ("tr-2", None));
    query = CaseQuery {
        cell: Some(("yes".to_owned(), "no".to_owned())),
        version: Some("1".to_owned()),
        max_results: 9,
        ..CaseQuery::default()
    };
    assert_eq!(list(&query).0, "tr-3");
    query.version = Some("2".to_owned());
    assert_eq!(list(&query).0, "");
    query.page_token = Some("x".to_owned());
    assert!(fold(&pairs).page(&query).is_err());
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0..30_i64).prop_map(Value::from),
        "[a-c]{0,2}|yes|no".prop_map(Value::from),
        Just(Value::Null),
        Just(json!(["a", 1])),
    ]
}

proptest! {
    /// Clients may write anything as feedback.
    #[test]
    fn any_answers_are_compared(values in proptest::collection::vec((any_value(), any_value()), 0..40)) {
        let pairs: Vec<_> = values.into_iter().map(|(a, b)| ("1", a, b)).collect();
        let found = fold(&pairs).finish(None);
        prop_assert_eq!(found.matrix.iter().flatten().sum::<u64>(), found.compared);
        prop_assert!(found.agreed <= found.compared);
        let query = CaseQuery { max_results: 100, ..CaseQuery::default() };
        let page = fold(&pairs).page(&query).unwrap();
        prop_assert_eq!(page.cases.len() as u64, found.compared - found.agreed);
    }
}
