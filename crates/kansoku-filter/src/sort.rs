//! Elements of an `order_by` list: a name and a direction.
use crate::{
    FilterError,
    error::{ParseError, short},
    lex::{Kind, lex},
    limits::ORDER_BY_MAX,
    parse::split_name,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Ascending,
    Descending,
}

/// Parses all elements. Fails if there are too many, if one is invalid or if a key occurs twice.
pub(crate) fn parse_list<K: PartialEq>(
    items: &[String],
    resolve: fn(Option<&str>, &str) -> Result<K, String>,
) -> Result<Vec<(K, Direction)>, FilterError> {
    if ORDER_BY_MAX < items.len() {
        return Err(FilterError {
            message: format!("`order_by` has more than {ORDER_BY_MAX} keys"),
            filter: String::new(),
            at: 0..0,
        });
    }
    let mut keys: Vec<(K, Direction)> = Vec::new();
    for item in items {
        let at = 0..item.len();
        let refuse = |message: String| ParseError::new(at.clone(), message).in_filter(item);
        let Some((prefix, key, direction)) = parse(item) else {
            return Err(FilterError {
                message: format!("Invalid order_by clause '{}'. Could not be parsed.", short(item)),
                filter: String::new(),
                at: 0..0,
            });
        };
        let key = resolve(prefix.as_deref(), &key).map_err(refuse)?;
        if keys.iter().any(|(present, _)| *present == key) {
            let message = format!("`order_by` contains duplicate fields: ['{}']", short(item));
            return Err(refuse(message));
        }
        keys.push((key, direction));
    }
    Ok(keys)
}

fn parse(item: &str) -> Option<(Option<String>, String, Direction)> {
    if item.ends_with(char::is_whitespace) {
        return None;
    }
    let mut tokens = lex(item).ok()?.into_iter().map(|token| token.kind);
    let (prefix, key) = match tokens.next()? {
        Kind::Word { bare, quoted } => split_name(bare, quoted),
        Kind::Backticked(key) | Kind::Text(key) => (None, key),
        _ => return None,
    };
    let direction = match tokens.next() {
        None => Direction::Ascending,
        Some(Kind::Word { bare, quoted: None }) if bare.eq_ignore_ascii_case("asc") => {
            Direction::Ascending
        }
        Some(Kind::Word { bare, quoted: None }) if bare.eq_ignore_ascii_case("desc") => {
            Direction::Descending
        }
        Some(_) => return None,
    };
    tokens.next().is_none().then_some((prefix, key, direction))
}
