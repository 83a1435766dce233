//! One trace with very many spans: a nightly report that processes every order of a day.
use serde_json::json;

use super::model::{self, Call, MINI, Outcome};
use super::trace::{At, Trace};

pub(super) const SPANS: usize = 2000;
const SECTIONS: usize = 20;

pub(super) fn run(trace: &mut Trace) {
    let root = trace.begin(None, "nightly_report", "AGENT");
    trace.inputs(root, &json!({ "report": "orders", "day": "yesterday" }));
    trace.set(root, "user.id", "scheduler");
    let mut order = 20_000;
    for section in 1..=SECTIONS {
        let chain = trace.begin(Some(root), &format!("section {section}"), "CHAIN");
        let until = SPANS * section / SECTIONS;
        while trace.len() + 3 <= until {
            order += 1;
            one_order(trace, chain, order);
        }
        while trace.len() < until {
            let note = trace.begin(Some(chain), "note", "TASK");
            trace.pass(2.0);
            trace.end(note);
        }
        trace.outputs(chain, &json!({ "orders": order - 20_000 }));
        trace.end(chain);
    }
    trace.outputs(
        root,
        &json!({ "orders": order - 20_000, "summary": "All orders were looked at." }),
    );
    trace.end(root);
}

/// Three spans that read and summarize an order.
fn one_order(trace: &mut Trace, chain: At, order: usize) {
    let step = trace.begin(Some(chain), "order", "TASK");
    trace.inputs(step, &json!({ "order": format!("VT-{order}") }));
    let read = trace.begin(Some(step), "read_order", "TOOL");
    trace.inputs(read, &json!({ "order_id": order }));
    trace.pass(9.0);
    if trace.chance(0.01) {
        trace.fail(read, "LookupError", &format!("order VT-{order} is being changed"));
    } else {
        trace.outputs(read, &json!({ "lines": 1 + order % 4, "total": 40 + order % 900 }));
        trace.end(read);
    }
    let call = Call {
        name: "describe",
        model: MINI,
        messages: &[
            json!({ "role": "user", "content": format!("Describe order VT-{order} in a line.") }),
        ],
        seen: 0,
        answer: json!({ "role": "assistant", "content": "A helmet and two lights, sent by parcel." }),
        tools: None,
    };
    let _ = model::call(trace, step, &call, Outcome::Answered);
    trace.end(step);
}
