//! The reason why a span failed, in one line for lists and searches.
use kansoku_model::SpanRow;
use opentelemetry_proto::tonic::trace::v1::Span;

use super::span_attributes::attribute;
use crate::value::plain_text;

const EXCEPTION: &str = "exception";
const TYPE: &str = "exception.type";
const MESSAGE: &str = "exception.message";

/// The last exception as `Type: message`, or the message of the status if there is no exception.
pub(super) fn failure_message(span: &Span) -> Option<String> {
    let exception = span.events.iter().rev().find(|event| event.name == EXCEPTION);
    let said = |key| {
        let value = attribute(&exception?.attributes, key)?;
        Some(plain_text(Some(value)).trim().to_owned()).filter(|text| !text.is_empty())
    };
    let status = span.status.as_ref().map(|status| status.message.trim()).unwrap_or_default();
    let text = match (said(TYPE), said(MESSAGE)) {
        // Some messages already begin with the type.
        (Some(kind), Some(message)) if message.starts_with(class_name(&kind)) => message,
        (Some(kind), Some(message)) => format!("{}: {message}", class_name(&kind)),
        (None, Some(message)) => message,
        (Some(kind), None) if status.is_empty() => class_name(&kind).to_owned(),
        (Some(_) | None, None) => status.to_owned(),
    };
    Some(one_line(&text)).filter(|text| !text.is_empty())
}

/// The class name without its modules, as in `openai.APITimeoutError`; a sentence is unchanged.
fn class_name(kind: &str) -> &str {
    let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '$');
    match kind.rsplit(['.', ':']).next() {
        Some(name) if !name.is_empty() && kind.chars().all(is_path) => name,
        _ => kind,
    }
}

/// The words of `text` with one space between them, at most [`SpanRow::ERROR_CHARS_MAX`]
/// characters.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    let mut chars = 0;
    // A traceback may have megabytes: no more of it is read than is kept.
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        let space = usize::from(chars != 0);
        line.push_str(&" "[..space]);
        chars += space;
        for c in word.chars() {
            if chars == SpanRow::ERROR_CHARS_MAX {
                break;
            }
            line.push(c);
            chars += 1;
        }
        if chars == SpanRow::ERROR_CHARS_MAX {
            break;
        }
    }
    line.truncate(line.trim_end().len());
    line
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::trace::v1::Status;
    use opentelemetry_proto::tonic::trace::v1::span::Event;

    use super::*;
    use crate::tests::{entry, span, text};

    fn failed(message: &str, exception: &[(&str, &str)]) -> Option<String> {
        let mut span = span(1, &[]);
        span.status = Some(Status { code: 2, message: message.to_owned() });
        if !exception.is_empty() {
            let said = exception.iter().map(|(key, value)| entry(key, text(value)));
            let attributes = said.collect();
            span.events =
                vec![Event { name: EXCEPTION.to_owned(), attributes, ..Event::default() }];
        }
        failure_message(&span)
    }

    #[test]
    fn an_exception_says_more_than_the_status() {
        let timeout = [(TYPE, "openai.APITimeoutError"), (MESSAGE, "took\n  too long")];
        assert_eq!(failed("Error", &timeout).unwrap(), "APITimeoutError: took too long");
        assert_eq!(failed("", &timeout[..1]).unwrap(), "APITimeoutError");
        assert_eq!(failed("went wrong", &timeout[..1]).unwrap(), "went wrong");
        assert_eq!(failed("", &timeout[1..]).unwrap(), "took too long");
        let twice = [(TYPE, "ValueError"), (MESSAGE, "ValueError: no")];
        assert_eq!(failed("", &twice).unwrap(), "ValueError: no");
    }

    #[test]
    fn without_an_exception_the_status_speaks() {
        assert_eq!(failed(" no\tanswer ", &[]).unwrap(), "no answer");
        assert_eq!(failed(" \n ", &[]), None);
        assert_eq!(failed("x", &[(TYPE, " "), (MESSAGE, "")]).unwrap(), "x");
    }

    #[test]
    fn no_more_than_the_limit_is_kept() {
        let long = failed(&"é".repeat(5000), &[]).unwrap();
        assert_eq!(long.chars().count(), SpanRow::ERROR_CHARS_MAX);
        let words = failed(&"ab ".repeat(5000), &[]).unwrap();
        assert!(words.chars().count() <= SpanRow::ERROR_CHARS_MAX && words.ends_with('b'));
    }
}
