//! Messages in OpenAI's form, which MLflow's and Kansoku's screens show as a chat.
use serde_json::{Value, json};

use crate::models::ChatMessage;

/// How many bytes of texts may still be stored.
pub(super) struct TextBudget(usize);

impl TextBudget {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self(bytes_max)
    }

    /// The beginning of a text that fits, with a mark if that is not all of it.
    pub(super) fn take(&mut self, text: &str) -> String {
        let kept = text.floor_char_boundary(self.0);
        self.0 -= kept;
        match text.len() - kept {
            0 => text.to_owned(),
            missing => format!("{}… ({missing} bytes are not stored)", &text[..kept]),
        }
    }
}

/// A message of a request or response.
pub(super) fn openai_message(message: &ChatMessage, budget: &mut TextBudget) -> Value {
    match message {
        ChatMessage::System { content } => {
            json!({"role": "system", "content": budget.take(content)})
        }
        ChatMessage::User { content } => json!({"role": "user", "content": budget.take(content)}),
        ChatMessage::Assistant { content, tool_calls } => {
            let mut message = json!({"role": "assistant", "content": budget.take(content)});
            let calls = tool_calls.iter().map(|call| {
                let arguments = budget.take(&call.arguments.to_string());
                let function = json!({"name": call.name, "arguments": arguments});
                json!({"id": call.id, "type": "function", "function": function})
            });
            let calls: Vec<Value> = calls.collect();
            if !calls.is_empty() {
                message["tool_calls"] = calls.into();
            }
            message
        }
        ChatMessage::Tool { tool_call_id, name, content } => json!({
            "role": "tool", "tool_call_id": tool_call_id, "name": name, "content": budget.take(content),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_stored_up_to_a_maximum_together() {
        let mut budget = TextBudget::new(6);
        assert_eq!(budget.take("four"), "four");
        assert_eq!(budget.take("é"), "é");
        assert_eq!(budget.take("é"), "… (2 bytes are not stored)");
        assert_eq!(budget.take(""), "");
        let mut budget = TextBudget::new(3);
        assert_eq!(budget.take("éé"), "é… (2 bytes are not stored)", "characters stay whole");
    }
}
