//! Links of traces to runs and prompt versions.
use kansoku_filter::Term;

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
