use std::collections::HashSet;

use opentelemetry_proto::tonic::trace::v1::TracesData;

use super::*;

fn spans(conversation: &Conversation) -> Vec<Span> {
    let requests = conversation.requests.iter();
    requests
        .map(|body| TracesData::decode(body.as_slice()).unwrap())
        .flat_map(|it| it.resource_spans)
        .flat_map(|it| it.scope_spans)
        .flat_map(|it| it.spans)
        .collect()
}

#[test]
fn a_conversation_is_one_trace_whose_root_comes_last() {
    let conversation = Conversation::new(1, 4, 30);
    assert_eq!(conversation.requests.len(), 31);
    let spans = spans(&conversation);
    assert_eq!(spans.len(), 61);
    assert_eq!(conversation.spans, 61);
    let traces: HashSet<_> = spans.iter().map(|span| &span.trace_id).collect();
    let ids: HashSet<_> = spans.iter().map(|span| &span.span_id).collect();
    assert_eq!((traces.len(), ids.len()), (1, 61));
    let root = spans.last().unwrap();
    assert!(root.parent_span_id.is_empty());
    for span in &spans[..60] {
        assert_eq!(span.parent_span_id, root.span_id);
        assert!(root.start_time_unix_nano <= span.start_time_unix_nano);
        assert!(span.end_time_unix_nano <= root.end_time_unix_nano);
    }
}

#[test]
fn the_history_is_sent_with_every_call() {
    let conversation = Conversation::new(1, 0, 30);
    let sent: usize = conversation.requests.iter().map(Vec::len).sum();
    let said = conversation.said_bytes;
    assert!((50_000..90_000).contains(&said), "{said} bytes were said");
    assert!((12..20).contains(&(sent / said)), "sent {} times", sent / said);
}

#[test]
fn two_conversations_share_no_long_text_but_the_system_prompt() {
    let (one, other) = (Conversation::new(1, 0, 3), Conversation::new(1, 5, 3));
    assert_ne!(one.requests[2], other.requests[2]);
    let lines = |conversation: &Conversation| -> HashSet<Vec<u8>> {
        conversation.requests[2].windows(200).map(<[u8]>::to_vec).collect()
    };
    let shared = lines(&one).intersection(&lines(&other)).count();
    assert!(shared < SYSTEM_BYTES + 1_000 + TOOLS.len() * (TOOL_BYTES + 400), "{shared}");
}
