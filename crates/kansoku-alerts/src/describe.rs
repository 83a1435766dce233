//! Texts about rules and values, for people.
use kansoku_model::{AlertSettings, AlertSignal, Comparison};

/// The longest name of a feedback or scorer in a text, in characters.
const NAME_CHARS_MAX: usize = 100;

/// The signal, such as `P95 latency`.
pub(crate) fn signal(signal: &AlertSignal) -> String {
    match signal {
        AlertSignal::ErrorRate => "Error rate".to_owned(),
        AlertSignal::Latency { percentile } => format!("P{percentile} latency"),
        AlertSignal::Cost => "Cost".to_owned(),
        AlertSignal::Tokens => "Tokens".to_owned(),
        AlertSignal::PassRate { feedback } => format!("Pass rate of {}", short(feedback)),
        AlertSignal::FeedbackMean { feedback } => format!("Mean of {}", short(feedback)),
        AlertSignal::ScorerLag { scorer } => format!("Lag of {}", short(scorer)),
        AlertSignal::JudgeFailures { scorer } => {
            format!("Failed calls of {}", short(scorer))
        }
    }
}

/// A value with its unit.
pub(crate) fn value(signal: &AlertSignal, value: f64) -> String {
    match signal {
        AlertSignal::ErrorRate
        | AlertSignal::PassRate { .. }
        | AlertSignal::JudgeFailures { .. } => format!("{} %", rounded(value * 100.0)),
        AlertSignal::Latency { .. } if value.abs() < 1_000.0 => format!("{} ms", rounded(value)),
        AlertSignal::Latency { .. } => format!("{} s", rounded(value / 1_000.0)),
        AlertSignal::ScorerLag { .. } => format!("{} s", rounded(value)),
        AlertSignal::Cost => format!("${}", rounded(value)),
        AlertSignal::Tokens | AlertSignal::FeedbackMean { .. } => rounded(value),
    }
}

/// The value and the threshold, such as `Error rate is 12 % (above 5 %) over 15 minutes`.
pub(crate) fn breach(settings: &AlertSettings, seen: f64) -> String {
    let (name, now) = (signal(&settings.signal), value(&settings.signal, seen));
    let threshold = value(&settings.signal, settings.threshold);
    let side = match (settings.is_breached(seen), settings.comparison) {
        (true, comparison) => comparison.as_str(),
        (false, Comparison::Above) => "threshold: above",
        (false, Comparison::Below) => "threshold: below",
    };
    let window = match settings.signal.has_window() {
        true => format!(" over {}", duration(settings.window_s)),
        false => String::new(),
    };
    format!("{name} is {now} ({side} {threshold}){window}")
}

/// A whole number of the largest unit that fits, such as `15 minutes`.
pub(crate) fn duration(seconds: u32) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let fits = |(length, _): &(u32, &str)| 0 < seconds && seconds.is_multiple_of(*length);
    let (length, name) = units.into_iter().find(fits).unwrap_or((1, "second"));
    match seconds / length {
        1 => format!("1 {name}"),
        count => format!("{count} {name}s"),
    }
}

/// At most three digits after the point, and at least three that count.
fn rounded(value: f64) -> String {
    let digits = match value.abs() {
        size if 100.0 <= size => 0,
        size if 1.0 <= size => 2,
        _ => 4,
    };
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(NAME_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_units() {
        let latency = AlertSignal::Latency { percentile: 95.0 };
        let feedback = || "helpful".to_owned();
        for (of, number, text) in [
            (AlertSignal::ErrorRate, 0.123_456, "12.35 %"),
            (AlertSignal::PassRate { feedback: feedback() }, 1.0, "100 %"),
            (latency.clone(), 850.4, "850 ms"),
            (latency.clone(), 1_500.0, "1.5 s"),
            (AlertSignal::Cost, 12.0, "$12"),
            (AlertSignal::Cost, 0.004_31, "$0.0043"),
            (AlertSignal::Tokens, 1_234_567.0, "1234567"),
            (AlertSignal::FeedbackMean { feedback: feedback() }, -0.5, "-0.5"),
            (AlertSignal::ScorerLag { scorer: feedback() }, 90.0, "90 s"),
        ] {
            assert_eq!(value(&of, number), text);
        }
        assert_eq!(signal(&latency), "P95 latency");
        assert_eq!(
            signal(&AlertSignal::PassRate { feedback: "x".repeat(500) }).chars().count(),
            114
        );
    }

    #[test]
    fn durations_are_in_the_largest_unit() {
        let texts = [0, 1, 60, 90, 900, 7_200, 86_400].map(duration);
        let expected =
            ["0 seconds", "1 second", "1 minute", "90 seconds", "15 minutes", "2 hours", "1 day"];
        assert_eq!(texts, expected);
    }
}
