//! Splits text into tokens with positions, for every filter and `order_by`.
//!
//! Inside quotes, the same quote is written twice: `'it''s'` and `"it's"` are the same string.
use std::ops::Range;

use crate::error::{ParseError, short};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// A keyword or a name. The last part of a name may be quoted: ``tags.`my-tag` ``.
    Word {
        bare: String,
        quoted: Option<String>,
    },
    Text(String),
    Backticked(String),
    Number(Number),
    Quantity(Number, Unit),
    Symbol(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Integer(i64),
    Real(f64),
}

/// A unit that follows a number, as in `5s` or `4k`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    pub(crate) name: &'static str,
    pub(crate) factor: i64,
    pub(crate) of: Measure,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Milliseconds,
    Count,
}

impl Unit {
    const fn time(name: &'static str, factor: i64) -> Self {
        Self { name, factor, of: Measure::Milliseconds }
    }

    const fn count(name: &'static str, factor: i64) -> Self {
        Self { name, factor, of: Measure::Count }
    }
}

const UNITS: [Unit; 8] = [
    Unit::time("ms", 1),
    Unit::time("s", 1000),
    Unit::time("m", 60_000),
    Unit::time("h", 3_600_000),
    Unit::time("d", 86_400_000),
    Unit::count("k", 1000),
    Unit::count("K", 1000),
    Unit::count("M", 1_000_000),
];

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) at: Range<usize>,
}

const SYMBOLS: [&str; 11] = ["==", "!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ","];

pub(crate) fn lex(text: &str) -> Result<Vec<Token>, ParseError> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let start = text.len() - rest.len();
        let Some(first) = rest.chars().next() else {
            return Ok(tokens);
        };
        let (kind, length) = match first {
            '\'' | '"' | '`' => {
                let (inner, length) = quoted(rest, start)?;
                let kind = if first == '`' { Kind::Backticked(inner) } else { Kind::Text(inner) };
                (kind, length)
            }
            _ if starts_number(rest) => number(rest, start)?,
            c if is_word(c) => word(rest, start)?,
            c => match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
                Some(symbol) => (Kind::Symbol(symbol), symbol.len()),
                None => {
                    let at = start..start + c.len_utf8();
                    return Err(ParseError::new(at, unexpected(text, start, c)));
                }
            },
        };
        tokens.push(Token { kind, at: start..start + length });
        rest = &rest[length..];
    }
}

pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '@' | '#')
}

fn starts_number(rest: &str) -> bool {
    let unsigned = rest.strip_prefix('-').unwrap_or(rest);
    let digits = unsigned.strip_prefix('.').unwrap_or(unsigned);
    digits.starts_with(|c: char| c.is_ascii_digit())
}

/// The text between the quotes at the start of `rest`, and its length with the quotes.
fn quoted(rest: &str, start: usize) -> Result<(String, usize), ParseError> {
    let quote = &rest[..1];
    let mut inner = String::new();
    let mut from = 1;
    while let Some(length) = rest[from..].find(quote) {
        inner.push_str(&rest[from..from + length]);
        from += length + 1;
        if !rest[from..].starts_with(quote) {
            return Ok((inner, from));
        }
        inner.push_str(quote);
        from += 1;
    }
    Err(ParseError::new(
        start..start + rest.len(),
        format!("The quote {quote} is not closed; inside quotes it is written twice."),
    ))
}

fn word(rest: &str, start: usize) -> Result<(Kind, usize), ParseError> {
    let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    let bare = rest[..end].to_owned();
    if bare.ends_with('.') && rest[end..].starts_with(['"', '`']) {
        let (inner, length) = quoted(&rest[end..], start + end)?;
        return Ok((Kind::Word { bare, quoted: Some(inner) }, end + length));
    }
    Ok((Kind::Word { bare, quoted: None }, end))
}

fn number(rest: &str, start: usize) -> Result<(Kind, usize), ParseError> {
    let bytes = rest.as_bytes();
    let digits =
        |from: usize| from + bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = digits(usize::from(bytes[0] == b'-'));
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'-' | b'+')));
        end = digits(end + 1 + sign);
    }
    let at = start..start + end;
    let word = rest[end..].find(|c| !is_word(c)).map_or(&rest[end..], |len| &rest[end..end + len]);
    let unit = UNITS.into_iter().find(|unit| unit.name == word);
    if unit.is_none() && !word.is_empty() {
        let length = rest.find(|c| !is_word(c) && c != '-').unwrap_or(rest.len()).max(end);
        let text = short(&rest[..length]);
        return Err(ParseError::new(start..start + length, not_quoted(&text)));
    }
    let text = &rest[..end];
    let number = match text.parse() {
        Ok(integer) => Number::Integer(integer),
        Err(_) => match text.parse::<f64>() {
            Ok(real) if real.is_finite() => Number::Real(real),
            _ => {
                return Err(ParseError::new(
                    at,
                    format!("'{}' is not a usable number.", short(text)),
                ));
            }
        },
    };
    match unit {
        Some(unit) => Ok((Kind::Quantity(number, unit), end + unit.name.len())),
        None => Ok((Kind::Number(number), end)),
    }
}

pub(crate) fn not_quoted(text: &str) -> String {
    format!(
        "Parameter value is either not quoted or unidentified quote types used for string value {text}. Use either single or double quotes."
    )
}

/// The error message about a character that belongs to no token, with a suggestion if possible.
fn unexpected(text: &str, start: usize, c: char) -> String {
    let before = text[..start].rsplit(char::is_whitespace).next().unwrap_or_default();
    let name = before.rsplit(|c| !is_word(c)).next().unwrap_or_default();
    let tail = text[start..].split(|c: char| !is_word(c) && !matches!(c, '-' | '/' | ':')).next();
    let tail = tail.unwrap_or_default();
    match name.split_once('.') {
        Some((prefix, key)) if !key.is_empty() && matches!(c, '-' | '/' | ':') => format!(
            "Invalid comparison clause. Expected 'Identifier' found '{}'. Quote a key with '{c}' in it: {prefix}.`{}`",
            short(&format!("{name}{tail}")),
            short(&format!("{key}{tail}")),
        ),
        _ => format!("Invalid clause(s) in filter string: unexpected '{}'", c.escape_debug()),
    }
}
