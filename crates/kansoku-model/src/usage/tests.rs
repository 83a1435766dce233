use super::*;

fn usage(input: u64, output: u64) -> Option<TokenUsage> {
    Some(TokenUsage {
        input_tokens: input,
        output_tokens: output,
        total_tokens: input + output,
        ..TokenUsage::default()
    })
}

fn total(spans: &[(u64, Option<u64>, Option<TokenUsage>)]) -> Option<TokenUsage> {
    trace_total(spans.iter().map(|(id, parent, usage)| (SpanId(*id), parent.map(SpanId), *usage)))
}

#[test]
fn a_parent_that_repeats_its_childrens_tokens_counts_them_once() {
    let spans = [(1, None, usage(30, 12)), (2, Some(1), usage(10, 5)), (3, Some(2), usage(20, 7))];
    assert_eq!(total(&spans), usage(30, 12));
}

#[test]
fn siblings_add_up_and_orphans_are_roots() {
    let spans = [(1, None, None), (2, Some(1), usage(10, 5)), (3, Some(9), usage(20, 7))];
    assert_eq!(total(&spans), usage(30, 12));
}

#[test]
fn a_circle_of_parents_ends() {
    assert_eq!(total(&[(1, Some(2), usage(1, 1)), (2, Some(1), None)]), usage(1, 1));
}

#[test]
fn a_trace_without_usage_has_none() {
    assert_eq!(total(&[(1, None, None)]), None);
}
