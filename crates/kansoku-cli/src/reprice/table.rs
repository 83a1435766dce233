//! The result of a repricing as a table.
use kansoku_model::Money;
use kansoku_store::{ModelRepriced, Repriced};

const HEAD: [&str; 6] = ["model", "spans", "before", "now", "difference", "without a price"];

pub(super) fn table(repriced: &Repriced, dry_run: bool) -> String {
    let mut text = String::new();
    if !repriced.models.is_empty() {
        text.push_str(&lines(repriced));
        text.push('\n');
    }
    let Repriced { traces, changed_traces, changed_spans, cost, .. } = repriced;
    let (change, cost_now) = match dry_run {
        true => ("would change", "would cost"),
        false => ("changed", "cost"),
    };
    text.push_str(&format!(
        "{traces} traces read; {changed_spans} spans of {changed_traces} traces {change}\n"
    ));
    if 0 < *changed_traces {
        text.push_str(&format!(
            "those traces {cost_now} {} in place of {}: {}\n",
            dollars(cost.after),
            dollars(cost.before),
            difference(cost.difference())
        ));
    }
    text
}

fn lines(repriced: &Repriced) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(repriced.models.iter().map(|(name, model)| row(name, model)));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..HEAD.len()).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &[String; HEAD.len()]| {
        let cell = |(n, cell): (usize, &String)| match n {
            0 => format!("{cell:<width$}", width = widths[n]),
            _ => format!("{cell:>width$}", width = widths[n]),
        };
        row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

fn row(name: &str, model: &ModelRepriced) -> [String; HEAD.len()] {
    let ModelRepriced { changed_spans, unpriced_spans, cost } = model;
    // Clients choose model names, so control characters must not reach the terminal.
    let name = name.chars().map(|c| if c.is_control() { '?' } else { c }).take(80).collect();
    let some = |count: u64, text: String| if count == 0 { String::new() } else { text };
    [
        name,
        some(*changed_spans, changed_spans.to_string()),
        some(*changed_spans, dollars(cost.before)),
        some(*changed_spans, dollars(cost.after)),
        some(*changed_spans, difference(cost.difference())),
        some(*unpriced_spans, unpriced_spans.to_string()),
    ]
}

/// The exact amount, with two decimal places at least.
fn dollars(money: Money) -> String {
    let amount = Money(money.0.saturating_abs()).to_string();
    let (whole, cents) = amount.split_once('.').unwrap_or((&amount, ""));
    format!("{}${whole}.{cents:0<2}", if money.0 < 0 { "-" } else { "" })
}

fn difference(money: Money) -> String {
    if 0 < money.0 { format!("+{}", dollars(money)) } else { dollars(money) }
}
