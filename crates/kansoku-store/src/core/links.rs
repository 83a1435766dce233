//! Links of traces to runs and prompt versions.
use std::collections::BTreeMap;

use kansoku_filter::Term;
use kansoku_model::tag_key;
use serde::Deserialize;

use crate::{PromptVersion, TraceLinks};

/// The terms of the links of a trace: what a filter can compare by equality.
pub fn terms(links: TraceLinks) -> Vec<Term<'static>> {
    let runs = links.run_ids.into_iter().map(|run| Term::Run(run.into()));
    let prompts = links.prompts.into_iter();
    runs.chain(prompts.map(|prompt| Term::Prompt(prompt.name.into(), prompt.version.into())))
        .collect()
}

/// The list in the format in which clients write it into a tag: JSON with a space after `:` and
/// `,`.
pub fn prompts_text(prompts: &[PromptVersion]) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let item = |prompt: &PromptVersion| {
        let PromptVersion { name, version } = prompt;
        format!("{{\"name\": {}, \"version\": {}}}", quoted(name), quoted(version))
    };
    format!("[{}]", prompts.iter().map(item).collect::<Vec<_>>().join(", "))
}

/// The prompt versions in that tag; none if it is missing or is not such a list.
pub fn linked_prompts(tags: &BTreeMap<String, String>) -> Vec<PromptVersion> {
    #[derive(Deserialize)]
    struct Item {
        name: String,
        version: String,
    }
    let text = tags.get(tag_key::LINKED_PROMPTS);
    let items = text.and_then(|text| serde_json::from_str::<Vec<Item>>(text).ok());
    let items = items.unwrap_or_default().into_iter();
    items.map(|Item { name, version }| PromptVersion { name, version }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_are_read_from_the_text_that_is_written() {
        let prompt = |name: &str| PromptVersion { name: name.to_owned(), version: "2".to_owned() };
        let prompts = vec![prompt("a \"quoted\" one"), prompt("é")];
        let tag = |text: String| BTreeMap::from([(tag_key::LINKED_PROMPTS.to_owned(), text)]);
        assert_eq!(linked_prompts(&tag(prompts_text(&prompts))), prompts);
        assert_eq!(linked_prompts(&tag("no list".to_owned())), []);
        assert_eq!(linked_prompts(&BTreeMap::new()), []);
    }
}
