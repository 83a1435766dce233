//! The output of `kansoku token list`.
use kansoku_model::{ExperimentRights, Scope, TimestampMs};
use kansoku_store::StoredToken;
use serde_json::{Value, json};

const HEAD: [&str; 7] = ["NAME", "SCOPES", "EXPERIMENTS", "CREATED", "BY", "EXPIRES", "LAST USED"];

/// One line per token, in aligned columns.
pub(super) fn table(tokens: &[StoredToken], now: TimestampMs) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(tokens.iter().map(|token| row(token, now)));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..HEAD.len()).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn row(token: &StoredToken, now: TimestampMs) -> [String; 7] {
    let experiments = match &token.experiments {
        ExperimentRights::All => "all".to_owned(),
        ExperimentRights::Bound(binding) => binding.to_string(),
    };
    let expires = match token.expires {
        None => "never".to_owned(),
        Some(_) if token.is_expired(now) => "expired".to_owned(),
        Some(at) => time(at),
    };
    let rotated = token.secrets.iter().find_map(|secret| secret.ends);
    [
        match rotated {
            Some(ends) => format!("{} (old secret until {})", token.name, time(ends)),
            None => token.name.clone(),
        },
        token.scopes.to_string(),
        experiments,
        time(token.created),
        token.created_by.clone().unwrap_or_else(|| "-".to_owned()),
        expires,
        token.last_used.map_or_else(|| "never".to_owned(), time),
    ]
}

/// The time in UTC, to the minute.
fn time(at: TimestampMs) -> String {
    match jiff::Timestamp::from_millisecond(at.0) {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => at.0.to_string(),
    }
}

pub(super) fn json(tokens: &[StoredToken]) -> String {
    let token = |token: &StoredToken| {
        let experiments = match &token.experiments {
            ExperimentRights::All => Value::Null,
            ExperimentRights::Bound(binding) => json!({
                "ids": binding.ids.iter().map(|id| id.0).collect::<Vec<_>>(),
                "names": binding.names,
                "prefixes": binding.prefixes,
            }),
        };
        let secrets = token.secrets.iter().map(|secret| {
            json!({ "created_ms": secret.created.0, "expires_ms": secret.ends.map(|at| at.0) })
        });
        json!({
            "token_id": token.id.0,
            "name": token.name,
            "scopes": token.scopes.iter().map(Scope::as_str).collect::<Vec<_>>(),
            "experiments": experiments,
            "created_ms": token.created.0,
            "created_by": token.created_by,
            "expires_ms": token.expires.map(|at| at.0),
            "last_used_ms": token.last_used.map(|at| at.0),
            "secrets": secrets.collect::<Vec<_>>(),
        })
    };
    let tokens: Vec<Value> = tokens.iter().map(token).collect();
    format!("{:#}\n", Value::Array(tokens))
}
