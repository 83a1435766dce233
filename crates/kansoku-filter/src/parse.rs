//! Parses tokens to a tree: AND, OR, NOT and parentheses around clauses.
//!
//! NOT binds tighter than AND, AND tighter than OR. A pair of parentheses keeps its own AND list,
//! because the span clauses of one list apply to the same span.
use std::ops::Range;

use crate::{
    FilterError,
    clause::{Clause, Literal, Op},
    error::{ParseError, short},
    lex::{Kind, Token, lex, not_quoted},
    limits::{CLAUSES_MAX, DEPTH_MAX, FILTER_BYTES_MAX, IN_VALUES_MAX},
};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr<C> {
    /// An empty list matches everything.
    And(Vec<Expr<C>>),
    Or(Vec<Expr<C>>),
    Not(Box<Expr<C>>),
    Is(C),
}

impl<C> Expr<C> {
    pub(crate) fn all() -> Self {
        Self::And(Vec::new())
    }

    pub(crate) fn is_all(&self) -> bool {
        matches!(self, Self::And(terms) if terms.is_empty())
    }

    /// Whether any condition passes.
    pub(crate) fn any(&self, passes: &dyn Fn(&C) -> bool) -> bool {
        match self {
            Self::And(terms) | Self::Or(terms) => terms.iter().any(|term| term.any(passes)),
            Self::Not(inner) => inner.any(passes),
            Self::Is(condition) => passes(condition),
        }
    }
}

/// The parts in which filter languages differ.
pub(crate) struct Grammar<C> {
    pub(crate) resolve: fn(Clause) -> Result<C, ParseError>,
    /// The condition for a quoted text that stands alone; `None` if that is invalid.
    pub(crate) bare_text: Option<fn(String) -> C>,
    /// Whether OR, NOT and parentheses are supported.
    pub(crate) joins: bool,
}

pub(crate) fn parse<C>(
    filter: &str,
    resolve: fn(Clause) -> Result<C, ParseError>,
) -> Result<Expr<C>, FilterError> {
    parse_as(filter, Grammar { resolve, bare_text: None, joins: true })
}

pub(crate) fn parse_as<C>(filter: &str, grammar: Grammar<C>) -> Result<Expr<C>, FilterError> {
    if FILTER_BYTES_MAX < filter.len() {
        return Err(FilterError {
            message: format!("The filter is longer than {FILTER_BYTES_MAX} bytes"),
            filter: String::new(),
            at: 0..0,
        });
    }
    let parsed = lex(filter).and_then(|tokens| {
        let end = filter.len();
        Parser { tokens, next: 0, end, clauses: 0, grammar }.filter()
    });
    parsed.map_err(|error| error.in_filter(filter))
}

struct Parser<C> {
    tokens: Vec<Token>,
    next: usize,
    end: usize,
    clauses: usize,
    grammar: Grammar<C>,
}

impl<C> Parser<C> {
    fn filter(&mut self) -> Result<Expr<C>, ParseError> {
        if self.tokens.is_empty() {
            return Ok(Expr::all());
        }
        // Clients that join clauses by AND may leave one at the beginning or end.
        self.eat_word("and");
        let expr = self.or(0)?;
        match self.peek() {
            None => Ok(expr),
            Some(token) => Err(ParseError::new(
                token.at.clone(),
                format!(
                    "Invalid clause(s) in filter string: {}. Expected AND, OR or the end",
                    describe(&token.kind)
                ),
            )),
        }
    }

    fn or(&mut self, depth: usize) -> Result<Expr<C>, ParseError> {
        let mut terms = vec![self.and(depth)?];
        while self.grammar.joins && self.eat_word("or") {
            terms.push(self.and(depth)?);
        }
        Ok(one_or(terms, Expr::Or))
    }

    fn and(&mut self, depth: usize) -> Result<Expr<C>, ParseError> {
        let mut terms = vec![self.unary(depth)?];
        while self.eat_word("and") {
            if depth == 0 && self.peek().is_none() {
                break;
            }
            terms.push(self.unary(depth)?);
        }
        Ok(one_or(terms, Expr::And))
    }

    fn unary(&mut self, depth: usize) -> Result<Expr<C>, ParseError> {
        let at = self.here();
        if depth > DEPTH_MAX {
            return Err(ParseError::new(
                at,
                format!("The filter is nested deeper than {DEPTH_MAX}"),
            ));
        }
        if self.grammar.joins && self.eat_word("not") {
            return Ok(Expr::Not(Box::new(self.unary(depth + 1)?)));
        }
        if self.grammar.joins && self.eat_symbol("(") {
            let inner = self.or(depth + 1)?;
            if !self.eat_symbol(")") {
                return Err(ParseError::new(
                    self.here(),
                    "Invalid clause(s) in filter string: expected ')'",
                ));
            }
            return Ok(match inner {
                Expr::Is(clause) => Expr::And(vec![Expr::Is(clause)]),
                inner => inner,
            });
        }
        self.clauses += 1;
        if CLAUSES_MAX < self.clauses {
            return Err(ParseError::new(
                at,
                format!("The filter has more than {CLAUSES_MAX} clauses"),
            ));
        }
        if let Some(condition) = self.bare_text()? {
            return Ok(Expr::Is(condition));
        }
        let clause = self.clause()?;
        (self.grammar.resolve)(clause).map(Expr::Is)
    }

    /// Parses a quoted text without a comparison.
    fn bare_text(&mut self) -> Result<Option<C>, ParseError> {
        let (Some(meaning), Some(Token { kind: Kind::Text(text), at })) =
            (self.grammar.bare_text, self.peek())
        else {
            return Ok(None);
        };
        let is_alone = match self.tokens.get(self.next + 1).map(|token| &token.kind) {
            None | Some(Kind::Symbol(")")) => true,
            Some(Kind::Word { bare, quoted: None }) => {
                bare.eq_ignore_ascii_case("and") || bare.eq_ignore_ascii_case("or")
            }
            Some(_) => false,
        };
        if !is_alone {
            return Ok(None);
        }
        if text.trim().is_empty() {
            return Err(ParseError::new(at.clone(), "An empty text is in every trace."));
        }
        let text = text.clone();
        self.next += 1;
        Ok(Some(meaning(text)))
    }

    fn clause(&mut self) -> Result<Clause, ParseError> {
        let name_at = self.here();
        let (prefix, key) = match self.bump() {
            Some(Kind::Word { bare, quoted }) => split_name(bare, quoted),
            // A quoted name without a prefix, such as `"name" = 'chat'`.
            Some(Kind::Backticked(key) | Kind::Text(key)) => (None, key),
            Some(kind) => {
                return Err(ParseError::new(
                    name_at,
                    format!(
                        "Invalid clause(s) in filter string: {}. Expected a field, such as status or tags.key",
                        describe(&kind)
                    ),
                ));
            }
            None => {
                return Err(ParseError::new(
                    name_at,
                    "Invalid clause(s) in filter string: it ends where a clause should follow",
                ));
            }
        };
        let op_start = self.here();
        let op = self.op(&name_at)?;
        let op_at = op_start.start..self.previous_end();
        let value_start = self.here();
        let value = match op {
            Op::IsNull | Op::IsNotNull | Op::IsGood | Op::IsBad => Literal::None,
            _ => self.value()?,
        };
        let value_at = match value {
            Literal::None => op_at.clone(),
            _ => value_start.start..self.previous_end(),
        };
        Ok(Clause { prefix, key, name_at, op, op_at, value, value_at })
    }

    fn op(&mut self, name_at: &Range<usize>) -> Result<Op, ParseError> {
        let at = self.here();
        let op = match self.bump() {
            Some(Kind::Symbol("=")) => Some(Op::Eq),
            Some(Kind::Symbol("!=")) => Some(Op::Ne),
            Some(Kind::Symbol("<")) => Some(Op::Lt),
            Some(Kind::Symbol("<=")) => Some(Op::Le),
            Some(Kind::Symbol(">")) => Some(Op::Gt),
            Some(Kind::Symbol(">=")) => Some(Op::Ge),
            Some(Kind::Symbol(symbol @ ("==" | "<>"))) => {
                return Err(ParseError::new(
                    at,
                    format!(
                        "Invalid comparator '{symbol}', use '{}'",
                        if symbol == "==" { "=" } else { "!=" }
                    ),
                ));
            }
            Some(Kind::Word { bare, quoted: None }) => match bare.to_ascii_lowercase().as_str() {
                "like" => Some(Op::Like),
                "ilike" => Some(Op::ILike),
                "rlike" => Some(Op::RLike),
                "contains" => Some(Op::Contains),
                "in" => Some(Op::In),
                "not" if self.eat_word("in") => Some(Op::NotIn),
                "is" if self.eat_word("null") => Some(Op::IsNull),
                "is" if self.eat_word("good") => Some(Op::IsGood),
                "is" if self.eat_word("bad") => Some(Op::IsBad),
                "is" if self.eat_word("not") && self.eat_word("null") => Some(Op::IsNotNull),
                _ => None,
            },
            Some(_) => None,
            None => {
                return Err(ParseError::new(
                    name_at.clone(),
                    "Invalid clause(s) in filter string: a field without a comparison",
                ));
            }
        };
        op.ok_or_else(|| {
            ParseError::new(
                at.start..self.previous_end(),
                "Invalid clause(s) in filter string: expected a comparator (=, !=, >, >=, <, <=, LIKE, ILIKE, RLIKE, CONTAINS, IN, NOT IN, IS NULL, IS NOT NULL)",
            )
        })
    }

    fn value(&mut self) -> Result<Literal, ParseError> {
        let at = self.here();
        match self.bump() {
            Some(Kind::Text(text)) => Ok(Literal::Text(text)),
            Some(Kind::Number(number)) => Ok(Literal::Number(number)),
            Some(Kind::Quantity(number, unit)) => Ok(Literal::Quantity(number, unit)),
            Some(Kind::Symbol("(")) => self.list(at.start),
            Some(Kind::Word { bare: text, .. } | Kind::Backticked(text)) => {
                Err(ParseError::new(at, not_quoted(&short(&text))))
            }
            Some(Kind::Symbol(_)) => Err(ParseError::new(
                at,
                "Invalid clause(s) in filter string: expected a 'string' or a number",
            )),
            None => {
                Err(ParseError::new(at, "Invalid clause(s) in filter string: the value is missing"))
            }
        }
    }

    /// The rest of `( 'a', 'b' )`. A trailing comma is accepted.
    fn list(&mut self, start: usize) -> Result<Literal, ParseError> {
        let mut items = Vec::new();
        while !self.eat_symbol(")") {
            let at = self.here();
            match self.bump() {
                Some(Kind::Text(text)) => items.push(text),
                _ => {
                    return Err(ParseError::new(
                        at,
                        "While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list",
                    ));
                }
            }
            if IN_VALUES_MAX < items.len() {
                return Err(ParseError::new(
                    at,
                    format!("A list has at most {IN_VALUES_MAX} values"),
                ));
            }
            if !self.eat_symbol(",") && !self.at_symbol(")") {
                return Err(ParseError::new(
                    self.here(),
                    "While parsing a list in the query, expected ',' or ')'",
                ));
            }
        }
        if items.is_empty() {
            return Err(ParseError::new(
                start..self.previous_end(),
                "While parsing a list in the query, expected a non-empty list of string values, but got empty list",
            ));
        }
        Ok(Literal::List(items))
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn bump(&mut self) -> Option<Kind> {
        let kind = self.peek()?.kind.clone();
        self.next += 1;
        Some(kind)
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let hit = matches!(
            self.peek().map(|token| &token.kind),
            Some(Kind::Word { bare, quoted: None }) if bare.eq_ignore_ascii_case(word)
        );
        self.next += usize::from(hit);
        hit
    }

    fn at_symbol(&self, symbol: &str) -> bool {
        matches!(self.peek().map(|token| &token.kind), Some(Kind::Symbol(s)) if *s == symbol)
    }

    fn eat_symbol(&mut self, symbol: &str) -> bool {
        let hit = self.at_symbol(symbol);
        self.next += usize::from(hit);
        hit
    }

    fn here(&self) -> Range<usize> {
        self.peek().map_or(self.end..self.end, |token| token.at.clone())
    }

    fn previous_end(&self) -> usize {
        self.next.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(0, |token| token.at.end)
    }
}

/// Splits at the first dot: `tags.a.b` is the key `a.b` with the prefix `tags`.
pub(crate) fn split_name(bare: String, quoted: Option<String>) -> (Option<String>, String) {
    match bare.split_once('.') {
        Some((prefix, key)) => {
            (Some(prefix.to_owned()), format!("{key}{}", quoted.unwrap_or_default()))
        }
        None => (None, bare),
    }
}

fn describe(kind: &Kind) -> String {
    match kind {
        Kind::Word { bare, .. } => format!("'{}'", short(bare)),
        Kind::Text(text) | Kind::Backticked(text) => format!("'{}'", short(text)),
        Kind::Number(_) | Kind::Quantity(..) => "a number".to_owned(),
        Kind::Symbol(symbol) => format!("'{symbol}'"),
    }
}

fn one_or<C>(mut terms: Vec<Expr<C>>, many: impl FnOnce(Vec<Expr<C>>) -> Expr<C>) -> Expr<C> {
    match (terms.len(), terms.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            terms.extend(last);
            many(terms)
        }
    }
}
