//! An analyst that writes SQL, runs it, corrects it if it fails, and explains the result.
use serde_json::{Value, json};

use super::model::{self, ANALYST, Call, Outcome};
use super::texts::{QUESTIONS, Question};
use super::trace::{At, Trace};

const SCHEMA: &str = "\
You answer questions on the shop's data. Tables (PostgreSQL):
orders(order_id, customer_id, ordered_on date, total numeric, campaign text, first_order boolean)
parcels(order_id, carrier text, shipped_at timestamp, delivered_at timestamp)
returns(order_id, model text, reason text, returned_on date)
Write one statement. Then explain the result in two sentences and a table.";

/// The result of a run, from which assessments are generated.
pub(super) struct Told {
    pub failed: bool,
    pub mended: bool,
    pub sql: &'static str,
}

pub(super) fn run(trace: &mut Trace, session: &str, user: &str, trouble: f64) -> Told {
    let question = trace.pick(QUESTIONS);
    let root = trace.begin(None, "sql_analyst", "AGENT");
    let asked = json!({ "role": "user", "content": question.asked });
    trace.inputs(root, &json!({ "messages": [asked] }));
    trace.set(root, "session.id", session);
    trace.set(root, "user.id", user);
    trace.set(root, "mlflow.traceTag.team", trace_team(user));
    let mut said = vec![json!({ "role": "system", "content": SCHEMA }), asked];
    let mended = trace.chance(0.3);
    let mut told = Told { failed: true, mended, sql: question.right };
    let tries: &[&str] = if mended { &[question.wrong, question.right] } else { &[question.right] };
    for sql in tries {
        let statement = json!(format!("```sql\n{sql}\n```"));
        if !say(trace, root, "write_sql", &mut said, &statement, trouble) {
            trace.fail(root, "AgentError", "the model did not answer");
            return told;
        }
        if !query(trace, root, sql, question, &mut said) {
            // The second attempt can fail, too.
            if *sql == question.right {
                trace.fail(root, "psycopg.OperationalError", "server closed the connection");
                return told;
            }
        }
    }
    if !say(trace, root, "explain", &mut said, &json!(question.answer), trouble) {
        trace.fail(root, "AgentError", "the model did not answer");
        return told;
    }
    trace.outputs(root, &json!({ "answer": question.answer, "sql": question.right }));
    trace.end(root);
    told.failed = false;
    told
}

fn trace_team(user: &str) -> &'static str {
    ["logistics", "marketing", "finance"][user.len() % 3]
}

fn say(
    trace: &mut Trace,
    root: At,
    name: &str,
    said: &mut Vec<Value>,
    text: &Value,
    trouble: f64,
) -> bool {
    let answer = json!({ "role": "assistant", "content": text });
    let seen = if said.len() == 2 { 0 } else { said.len() - 1 };
    let call =
        Call { name, model: ANALYST, messages: said, seen, answer: answer.clone(), tools: None };
    let outcome = match model::outcome(trace, trouble) {
        // The provider of this model rarely times out.
        Outcome::TimedOut if trace.chance(0.5) => Outcome::Answered,
        outcome => outcome,
    };
    let answered = model::call(trace, root, &call, outcome).is_ok();
    said.push(answer);
    answered
}

fn query(
    trace: &mut Trace,
    root: At,
    sql: &str,
    question: &Question,
    said: &mut Vec<Value>,
) -> bool {
    let tool = trace.begin(Some(root), "run_sql", "TOOL");
    trace.inputs(tool, &json!({ "sql": sql, "limit": 500 }));
    trace.set(tool, "db.system.name", "postgresql");
    trace.pass(380.0);
    let result = if sql == question.wrong {
        trace.fail(tool, "psycopg.errors.UndefinedColumn", question.error);
        Err(question.error)
    } else if trace.chance(0.02) {
        trace.now_ns += 8_000_000_000;
        trace.fail(tool, "psycopg.OperationalError", "server closed the connection unexpectedly");
        Err("server closed the connection unexpectedly")
    } else {
        let rows: Value = serde_json::from_str(question.rows).unwrap_or_default();
        trace.set(tool, "db.response.returned_rows", rows.as_array().map_or(0, Vec::len));
        trace.outputs(tool, &json!({ "rows": rows }));
        trace.end(tool);
        Ok(question.rows)
    };
    let content = result.map_or_else(|error| format!("error: {error}"), str::to_owned);
    said.push(json!({ "role": "user", "content": format!("Result:\n{content}") }));
    result.is_ok()
}
