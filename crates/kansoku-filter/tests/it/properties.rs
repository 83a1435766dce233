//! Properties of arbitrary filter texts.
use kansoku_filter::sql::sqlite;
use kansoku_filter::{
    ExperimentFilter, ExperimentOrderBy, Filter, Order, OrderBy, RunFilter, RunOrderBy, Term,
};
use kansoku_model::ExperimentId;
use proptest::prelude::*;
use rusqlite::Connection;

use crate::fixture::{empty, five_traces, kept_by};

/// Fragments that often form a filter when concatenated.
const PIECES: &[&str] = &[
    "AND", "OR", "NOT", "(", ")", "and", ",", "'", "`", "\"", ".", "-", "1", "1.5", "é", ";", "=",
];

const CLAUSES: &[&str] = &[
    "status = 'OK'",
    "status IN ('OK', 'ERROR')",
    "request_id IN ('T1', 'T2')",
    "request_id != 'T1'",
    "client_request_id LIKE 'req%'",
    "timestamp > 1700000002000",
    "timestamp <= 1700000003000.5",
    "timestamp = 1700000003000",
    "execution_time < 1000",
    "end_time >= 1700000002500",
    "name = 'chat'",
    "name ILIKE 'c%'",
    "name IS NULL",
    "tags.env = 'prod'",
    "tags.env LIKE 'dev'",
    "tags.env != 'prod'",
    "metadata.mlflow.trace.session = 's1'",
    "metadata.custom RLIKE '^F'",
    "run_id = 'run-a'",
    "run_id IS NOT NULL",
    "prompt = 'qa/3'",
    "text LIKE '%l%'",
    "span.name = 'root'",
    "span.type IN ('TOOL', 'CHAIN')",
    "span.status != 'OK'",
    "span.status = 'ERROR'",
    "span.content ILIKE '%HELLO%'",
    "span.attributes.temp = '0.7'",
    "inputs.customer.id = 'c-7'",
    "inputs.customer.tier > 1",
    "outputs.`my score` IS NULL",
    "span.duration >= 1500",
    "span.tokens != 120",
    "feedback.quality > 0.5",
    "feedback.quality = '0.4'",
    "feedback.verdict != 'yes'",
    "feedback.verdict IS NULL",
    "feedback.verdict IS BAD",
    "feedback.sess2 = 'good'",
    "feedback.sess4 IS NOT NULL",
    "expectation.answer LIKE '%par%'",
    "issue.id = 'iss-1'",
    "tokens > 4k",
    "cost < 0.01",
    "duration > 2s",
    "session = 's1'",
    "version = '1.0'",
    "version IN ('2.0', '3.0')",
    "environment = 'prod'",
    "environment != 'prod'",
    "error CONTAINS 'timed'",
    "error IS NULL",
    "span.model = 'gpt-4o'",
    "name CONTAINS 'C'",
    "'hello'",
];

fn filters() -> impl Strategy<Value = String> {
    let clause = proptest::sample::select(CLAUSES).prop_map(str::to_owned);
    clause.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} AND {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} OR {b}")),
            inner.clone().prop_map(|a| format!("({a})")),
            inner.prop_map(|a| format!("NOT ({a})")),
        ]
    })
}

fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![proptest::sample::select(PIECES), proptest::sample::select(CLAUSES)];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.join(" "))
}

fn try_everything(db: &Connection, text: &str) {
    match Filter::parse(text) {
        Ok(filter) => {
            filter.required(&[]);
            kept_by(db, &filter);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let prepares = |condition: &str, table: &str| {
        db.prepare(&format!("select 1 from {table} where {condition}")).unwrap();
    };
    if let Ok(filter) = ExperimentFilter::parse(text) {
        prepares(&sqlite::experiment_condition(&filter).text, "experiments e");
    }
    if let Ok(filter) = RunFilter::parse(text) {
        prepares(&sqlite::run_condition(&filter).text, "runs r");
        for sqlite::RunEntry { table, condition, rest } in sqlite::run_entries(&filter) {
            let condition = format!("{} and {}", condition.text, rest.text);
            prepares(&condition, &format!("{table}, runs r"));
        }
    }
    let item = [text.to_owned()];
    if let Ok(keys) = OrderBy::parse_list(&item) {
        let order = Order::new(&keys);
        db.prepare(&format!("select {} from traces t", sqlite::trace_order_columns(&order).text))
            .unwrap();
    }
    if let Ok(keys) = RunOrderBy::parse_list(&item) {
        prepares(&format!("1 order by {}", sqlite::run_order_by(&keys).text), "runs r");
    }
    if let Ok(keys) = ExperimentOrderBy::parse_list(&item) {
        let order = sqlite::experiment_order_by(&keys).text;
        prepares(&format!("1 order by {order}"), "experiments e");
    }
}

thread_local! {
    static EMPTY: Connection = empty();
    static FIVE: Connection = five_traces();
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        EMPTY.with(|db| try_everything(db, &text));
    }

    #[test]
    fn no_soup_of_pieces_panics(text in soup()) {
        EMPTY.with(|db| try_everything(db, &text));
    }

    #[test]
    fn no_torn_filter_panics(text in filters(), cut in any::<prop::sample::Index>(), with in any::<char>()) {
        let at = cut.index(text.len());
        let torn = format!("{}{with}{}", &text[..at], &text[at..]);
        EMPTY.with(|db| try_everything(db, &torn));
    }

    /// A filter and its negation partition the traces, even if values are NULL.
    #[test]
    fn not_keeps_exactly_the_others(text in filters()) {
        FIVE.with(|db| {
            let keep = |text: &str| kept_by(db, &Filter::parse(text).unwrap());
            let mut both = keep(&text);
            both.extend(keep(&format!("NOT ({text})")));
            both.sort();
            assert_eq!(both, ["T1", "T2", "T3", "T4", "T5"]);
        });
    }

    /// A search that starts from an index by the required conditions finds every match.
    #[test]
    fn every_match_has_what_is_required(text in filters()) {
        FIVE.with(|db| {
            let filter = Filter::parse(&text).unwrap();
            let required = filter.required(&[]);
            for id in kept_by(db, &filter) {
                let time = one::<i64>(db, "select request_time_ms from traces where trace_id = ?1", &id)[0];
                assert!(required.from_ms.is_none_or(|from| from <= time), "{text}");
                assert!(required.to_ms.is_none_or(|to| time <= to), "{text}");
                assert!(required.trace_ids.as_ref().is_none_or(|ids| ids.contains(&id)), "{text}");
                let terms = hashes(&terms_of(db, &id));
                for any in &required.any_of {
                    let has = hashes(&any.terms).iter().any(|term| terms.contains(term));
                    let by_session = any.sessions.as_ref().is_some_and(|wanted| {
                        let values = serde_json::to_string(&wanted.values).unwrap();
                        let matching: i64 = db.query_row(
                            "select count(*) from assessments a
                             join trace_metadata n on n.trace = a.trace and n.key = 'mlflow.trace.session'
                             join trace_metadata m on m.value = n.value and m.key = 'mlflow.trace.session'
                             join traces t on t.id = m.trace
                             where t.trace_id = ?1 and a.session_level = 1 and a.valid = 1 and a.kind = ?2 and a.name = ?3
                               and (?4 = '[]' or a.value in (select value from json_each(?4)))",
                            rusqlite::params![id, wanted.kind, wanted.name, values],
                            |row| row.get(0),
                        ).unwrap();
                        0 < matching
                    });
                    assert!(has || by_session, "{text}: {id} lacks {any:?}");
                }
            }
        });
    }
}

fn one<T: rusqlite::types::FromSql>(db: &Connection, query: &str, id: &str) -> Vec<T> {
    let mut statement = db.prepare_cached(query).unwrap();
    let rows = statement.query_map([id], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn hashes(terms: &[Term<'_>]) -> Vec<i64> {
    terms.iter().filter(|term| term.is_indexed()).map(|term| term.hash(ExperimentId(1))).collect()
}

/// The terms that a store would index for a trace.
fn terms_of(db: &Connection, id: &str) -> Vec<Term<'static>> {
    let mut terms = Vec::new();
    let mut rows = |query: &str, make: &dyn Fn([String; 3]) -> Term<'static>| {
        let query = format!("{query} join traces t on t.id = x.trace where t.trace_id = ?1");
        let mut statement = db.prepare_cached(&query).unwrap();
        let mut rows = statement.query([id]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let text = |i| row.get::<_, Option<String>>(i).unwrap_or_default().unwrap_or_default();
            terms.push(make([text(0), text(1), text(2)]));
        }
    };
    let traces = "from (select *, id as trace from traces) x";
    rows(&format!("select x.state {traces}"), &|[a, ..]| Term::State(a.into()));
    rows(&format!("select x.name {traces}"), &|[a, ..]| Term::Name(a.into()));
    rows(&format!("select x.client_request_id {traces}"), &|[a, ..]| {
        Term::ClientRequestId(a.into())
    });
    rows("select x.key, x.value from trace_tags x", &|[a, b, _]| Term::Tag(a.into(), b.into()));
    rows("select x.key, x.value from trace_metadata x", &|[a, b, _]| {
        if a == "mlflow.sourceRun" {
            Term::Run(b.into())
        } else {
            Term::Metadata(a.into(), b.into())
        }
    });
    rows("select x.run_id from trace_runs x", &|[a, ..]| Term::Run(a.into()));
    rows("select x.name, x.version from trace_prompts x", &|[a, b, _]| {
        Term::Prompt(a.into(), b.into())
    });
    rows("select x.name from spans x", &|[a, ..]| Term::SpanName(a.into()));
    rows("select x.type from spans x", &|[a, ..]| Term::SpanType(a.into()));
    rows(
        "select case x.status when 1 then 'OK' when 2 then 'ERROR' else 'UNSET' end from spans x",
        &|[a, ..]| Term::SpanStatus(a.into()),
    );
    let valid = "from (select * from assessments where valid = 1) x";
    rows(&format!("select x.kind, x.name {valid}"), &|[kind, name, _]| Term::Assessed {
        kind: kind.into(),
        name: name.into(),
    });
    rows(&format!("select x.kind, x.name, x.value {valid}"), &|[kind, name, value]| {
        Term::AssessedAs { kind: kind.into(), name: name.into(), value_json: value.into() }
    });
    rows(&format!("select x.name, x.kind {valid}"), &|[name, ..]| Term::Issue(name.into()));
    terms
}
