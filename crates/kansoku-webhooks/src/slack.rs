//! The notification of an alert as a message of Slack. Mattermost, and Discord at `/slack`, read the same.
//!
//! Those two ignore blocks, so the text says everything, too.
use kansoku_model::WebhookEvent;
use serde_json::{Value, json};

/// The longest text from a rule or an experiment, in characters. Slack rejects blocks with more than
/// 3,000, and a character may be written as five.
const TEXT_CHARS_MAX: usize = 190;

pub(crate) fn message(event: WebhookEvent, data: &Value) -> String {
    let text = |name: &str| escape(data[name].as_str().unwrap_or_default());
    let word = match event {
        WebhookEvent::AlertResolved => ":white_check_mark: Resolved",
        _ => ":red_circle: Firing",
    };
    let title = format!("*{word}: {}*", text("rule"));
    let place = format!("Experiment: {}", text("experiment"));
    let links = [("traces_url", "Show the traces"), ("rule_url", "Show the rule")];
    let links = links.map(|(name, label)| link(data[name].as_str().unwrap_or_default(), label));
    let links = links.join(" · ");
    let lines = [title, text("summary"), place, links];
    let section =
        |text: &str| json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } });
    json!({
        "text": lines.join("\n"),
        "blocks": [section(&lines[..3].join("\n")), section(&lines[3])],
    })
    .to_string()
}

/// A link, or the path if the address of the web UI is not known.
fn link(url: &str, label: &str) -> String {
    // Slack reads these as the end of the link.
    let url = url.replace('|', "%7C").replace('>', "%3E").replace('<', "%3C");
    match url.contains("://") {
        true => format!("<{}|{label}>", url.replace('&', "&amp;")),
        false => format!("{label}: `{url}`"),
    }
}

/// Text of users, which must neither mention people nor make links.
fn escape(text: &str) -> String {
    let short: String = text.chars().take(TEXT_CHARS_MAX).collect();
    let text = short.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace(['\n', '\r'], " ").replace('*', "∗")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_everything_as_text_and_as_blocks() {
        let data = json!({
            "rule": "too <!channel> & many *errors*",
            "experiment": "shop\nevil",
            "summary": "Error rate is 12 % (above 5 %)",
            "traces_url": "https://k.example/e/1/traces?q=a&from=1",
            "rule_url": "/e/1/alerts",
        });
        let message: Value =
            serde_json::from_str(&message(WebhookEvent::AlertFiring, &data)).unwrap();
        assert_eq!(
            message["text"],
            "*:red_circle: Firing: too &lt;!channel&gt; &amp; many ∗errors∗*\n\
             Error rate is 12 % (above 5 %)\n\
             Experiment: shop evil\n\
             <https://k.example/e/1/traces?q=a&amp;from=1|Show the traces> · \
             Show the rule: `/e/1/alerts`"
        );
        assert_eq!(message["blocks"].as_array().map(Vec::len), Some(2));
    }

    #[test]
    fn texts_of_any_length_fit_into_a_block() {
        let long = "&".repeat(100_000);
        let data = json!({ "rule": long, "experiment": long, "summary": long });
        let message: Value =
            serde_json::from_str(&message(WebhookEvent::AlertResolved, &data)).unwrap();
        let block = message["blocks"][0]["text"]["text"].as_str().unwrap();
        assert!(block.contains("Resolved"));
        assert!(block.chars().count() <= 3_000, "{}", block.chars().count());
    }
}
