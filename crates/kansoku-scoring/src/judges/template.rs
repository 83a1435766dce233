//! The instructions of `make_judge`, with their variables.
use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::value_type::ValueType;

/// The longest instructions, in characters.
const INSTRUCTIONS_CHARS_MAX: usize = 50_000;

/// MLflow's pattern of a variable.
static VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\{\{\s*([a-zA-Z_][a-zA-Z0-9_]*(?:\.[a-zA-Z_][a-zA-Z0-9_]*)*)\s*\}\}")
        .expect("the pattern is valid")
});

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Variable {
    Inputs,
    Outputs,
    Expectations,
    Conversation,
    Trace,
}

impl Variable {
    const ALL: [Self; 5] =
        [Self::Inputs, Self::Outputs, Self::Expectations, Self::Conversation, Self::Trace];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Inputs => "inputs",
            Self::Outputs => "outputs",
            Self::Expectations => "expectations",
            Self::Conversation => "conversation",
            Self::Trace => "trace",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Template {
    /// As registered; MLflow writes them into the metadata of the feedback.
    pub(super) instructions: String,
    pub(super) variables: BTreeSet<Variable>,
    pub(super) value_type: ValueType,
    pub(super) rationale_first: bool,
}

impl Template {
    /// Fails under the conditions under which MLflow's client fails, and for long instructions.
    pub(super) fn new(
        instructions: &str,
        value_type: ValueType,
        rationale_first: bool,
    ) -> Result<Self, String> {
        if INSTRUCTIONS_CHARS_MAX < instructions.chars().count() {
            return Err(format!("instructions have at most {INSTRUCTIONS_CHARS_MAX} characters"));
        }
        let mut variables = BTreeSet::new();
        for found in VARIABLE.captures_iter(instructions) {
            let name = &found[1];
            let known = Variable::ALL.into_iter().find(|variable| variable.name() == name);
            variables.insert(known.ok_or_else(|| {
                format!(
                    "the variable `{{{{ {name:.60} }}}}` is unknown; known are inputs, outputs, \
                     expectations, conversation and trace"
                )
            })?);
        }
        let excluded = [Variable::Inputs, Variable::Outputs, Variable::Trace];
        if variables.is_empty() {
            return Err("the instructions name no variable, such as {{ outputs }}".to_owned());
        }
        if variables.contains(&Variable::Conversation)
            && excluded.iter().any(|variable| variables.contains(variable))
        {
            return Err("with {{ conversation }}, only {{ expectations }} may be named".to_owned());
        }
        let instructions = instructions.to_owned();
        Ok(Self { instructions, variables, value_type, rationale_first })
    }

    pub(super) fn has(&self, variable: Variable) -> bool {
        self.variables.contains(&variable)
    }

    pub(super) fn is_session_level(&self) -> bool {
        self.has(Variable::Conversation)
    }

    /// The instructions with words in place of the variables.
    pub(super) fn text(&self) -> String {
        let words = |found: &Captures<'_>| match &found[1] {
            "trace" => "the trace".to_owned(),
            name => format!("the section `{name}`"),
        };
        VARIABLE.replace_all(&self.instructions, words).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(instructions: &str) -> Result<Template, String> {
        Template::new(instructions, ValueType::YesNo, false)
    }

    #[test]
    fn variables_become_words() {
        let template = template("Judge {{ outputs }} by {{inputs}}{{ outputs}} {x} {{").unwrap();
        let text =
            "Judge the section `outputs` by the section `inputs`the section `outputs` {x} {{";
        assert_eq!(template.text(), text);
        let variables: Vec<Variable> = template.variables.into_iter().collect();
        assert_eq!(variables, [Variable::Inputs, Variable::Outputs]);
    }

    #[test]
    fn other_variables_and_none_are_refused() {
        for (instructions, part) in [
            ("Is it good?", "name no variable"),
            ("", "name no variable"),
            ("{{ outputs }} and {{ question }}", "`{{ question }}` is unknown"),
            ("{{ conversation }} {{ outputs }}", "only {{ expectations }}"),
            ("{{ conversation }} {{ trace }}", "only {{ expectations }}"),
        ] {
            let error = template(instructions).unwrap_err();
            assert!(error.contains(part), "{instructions}: {error}");
        }
        assert!(template("{{ conversation }} {{ expectations }}").is_ok());
    }

    #[test]
    fn instructions_have_a_maximum() {
        let long = |chars: usize| template(&format!("{{{{ outputs }}}}{}", "é".repeat(chars)));
        assert!(long(INSTRUCTIONS_CHARS_MAX - 13).is_ok());
        assert!(long(INSTRUCTIONS_CHARS_MAX - 12).unwrap_err().contains("at most"));
    }
}
