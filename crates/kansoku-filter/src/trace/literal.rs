//! Text that a payload must have in it, word for word, to pass a test.
//!
//! A store looks for it in the bytes of a whole trace before it unpacks a single span. Nothing
//! may be required that those bytes do not have as it is: what our JSON adds (its escapes, field
//! names, ids in base64, MLflow's words for what other dialects say) is no part of them.
use crate::clause::TextTest;

/// Words of ASCII letters, with spaces between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    pub text: String,
    pub ignore_case: bool,
}

/// Shorter words are in every trace.
const LETTERS_MIN: usize = 3;

/// What our JSON of a span says by itself, in lower case.
const OURS: &str = "trace_id span_id parent_span_id name start_time_unix_nano end_time_unix_nano \
    events time_unix_nano attributes status code message status_code_unset status_code_ok \
    status_code_error links null true false nan infinity unknown chat_model llm chain agent tool \
    retriever parser embedding reranker memory workflow task guardrail evaluator \
    mlflow.spantype mlflow.spaninputs mlflow.spanoutputs mlflow.llm.model mlflow.llm.provider \
    mlflow.llm.cost mlflow.chat.tokenusage mlflow.chat.tools mlflow.message.format \
    mlflow.tracerequestid input_tokens output_tokens total_tokens cache_read_input_tokens \
    cache_creation_input_tokens_above_1hr reasoning_output_tokens input_cost output_cost \
    total_cost role content parts system user assistant contents candidates messages choices \
    function arguments tool_calls tool_call_id parameters description properties required type \
    object string model openai anthropic gemini vercel_ai voltagent livekit bedrock langchain";

/// The longest run of words that whatever passes the test has. A space between two letters is text:
/// those of our JSON follow a comma or a colon.
pub(super) fn of(test: &TextTest) -> Option<Literal> {
    let (text, ignore_case) = match test {
        TextTest::Eq(text) => (text, false),
        TextTest::Like(text) => (text, false),
        TextTest::ILike(text) | TextTest::Contains(text) => (text, true),
        TextTest::Ne(_)
        | TextTest::In(_)
        | TextTest::NotIn(_)
        | TextTest::RLike(_)
        | TextTest::Null
        | TextTest::NotNull => return None,
    };
    let runs = text.split(|c: char| !c.is_ascii_alphabetic() && c != ' ');
    // The first letter may end an escape: the n of a line break.
    let runs = runs.map(|run| run.trim_matches(' ')).filter_map(|run| run.get(1..));
    let runs = runs.map(|run| run.trim_start_matches(' '));
    let told_apart =
        runs.filter(|run| LETTERS_MIN <= letters(run) && !OURS.contains(&run.to_ascii_lowercase()));
    let text = told_apart.max_by_key(|run| letters(run))?.to_owned();
    Some(Literal { text, ignore_case })
}

fn letters(run: &str) -> usize {
    run.bytes().filter(u8::is_ascii_alphabetic).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(pattern: &str) -> Option<String> {
        of(&TextTest::Like(pattern.to_owned())).map(|literal| literal.text)
    }

    #[test]
    fn the_longest_words_are_looked_for() {
        assert_eq!(like("%hallucination%").unwrap(), "allucination");
        assert_eq!(like("%snow and glacier_%").unwrap(), "now and glacier");
        assert_eq!(like("%, a such word: then%").unwrap(), "such word");
        assert_eq!(like("%Ärztekammer%").unwrap(), "ztekammer");
    }

    #[test]
    fn what_the_bytes_may_lack_is_not_required() {
        for pattern in
            ["%STATUS_CODE_ERROR%", "%CHAT_MODEL%", "%tool%", "%12345%", "%_%", "", "%é%", "%abc%"]
        {
            assert_eq!(like(pattern), None, "{pattern}");
        }
        assert_eq!(of(&TextTest::RLike("snowball".to_owned())), None);
        assert_eq!(of(&TextTest::Ne("snowball".to_owned())), None);
    }
}
