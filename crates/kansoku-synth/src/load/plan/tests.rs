use super::*;

#[test]
fn a_trace_info_agrees_with_what_a_search_will_ask_for() {
    let plan = Plan::new(1, 10, 6);
    let info = plan.trace_info(13, "4");
    assert_eq!(info["trace_id"], plan.trace_name(13));
    assert_eq!(info["client_request_id"], plan.request_id(13));
    assert_eq!(info["request_time"], "2026-01-01T00:01:05Z");
    assert_eq!(info["trace_metadata"]["mlflow.trace.session"], plan.session(13));
    assert_eq!(info["tags"]["tenant"], plan.tenant(13));
}

#[test]
fn shares_are_as_told() {
    let plan = Plan::new(1, 10, 6);
    let traces = 0..10_000;
    assert_eq!(traces.clone().filter(|n| plan.has_request_id(*n)).count(), 1_000);
    assert_eq!(traces.clone().filter(|n| plan.verdict(*n).is_some()).count(), 500);
    assert_eq!(traces.clone().filter(|n| plan.traits(*n).failed).count(), 500);
    let sessions: std::collections::HashSet<_> = traces.clone().map(|n| plan.session(n)).collect();
    assert_eq!(sessions.len(), 2_000);
}
