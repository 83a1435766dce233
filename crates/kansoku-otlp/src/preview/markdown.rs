//! Removes the syntax of Markdown from a text.
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The text without the syntax of headings, lists, quotes, emphasis, code and links.
pub(super) fn without(text: &str) -> String {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH;
    let mut plain = String::with_capacity(text.len());
    // The next number of each open list; `None` for bulleted lists.
    let mut lists: Vec<Option<u64>> = Vec::new();
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Text(text)
            | Event::Code(text)
            | Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => plain.push_str(&text),
            Event::SoftBreak | Event::HardBreak | Event::Rule => plain.push('\n'),
            Event::TaskListMarker(_) => {}
            Event::Start(Tag::List(first)) => lists.push(first),
            Event::Start(Tag::Item) => {
                if let Some(Some(number)) = lists.last_mut() {
                    plain.push_str(&format!("{number}. "));
                    *number += 1;
                }
            }
            Event::End(TagEnd::List(_)) => {
                lists.pop();
                plain.push('\n');
            }
            Event::Start(Tag::TableCell) if !plain.is_empty() && !plain.ends_with('\n') => {
                plain.push_str(" | ")
            }
            Event::End(TagEnd::TableCell) => {}
            Event::Start(_) => {}
            Event::End(end) => {
                if is_block(end) {
                    plain.push('\n');
                }
            }
        }
    }
    plain
}

fn is_block(end: TagEnd) -> bool {
    !matches!(
        end,
        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image
    )
}
