//! A comparison as written in a filter, and the tests that it can become.
//!
//! A [`Clause`] has no field yet. The code that resolves its name decides which comparators the
//! field accepts.
use std::ops::Range;

use crate::{
    error::{ParseError, short},
    lex::{Measure, Number, Unit, not_quoted},
    sql::SqlValue,
};

#[derive(Clone, Debug)]
pub(crate) struct Clause {
    pub(crate) prefix: Option<String>,
    pub(crate) key: String,
    pub(crate) name_at: Range<usize>,
    pub(crate) op: Op,
    pub(crate) op_at: Range<usize>,
    pub(crate) value: Literal,
    pub(crate) value_at: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Like,
    ILike,
    RLike,
    Contains,
    In,
    NotIn,
    IsNull,
    IsNotNull,
    IsGood,
    IsBad,
}

#[derive(Clone, Debug)]
pub(crate) enum Literal {
    /// The operator has no value: IS NULL, IS NOT NULL, IS GOOD, IS BAD.
    None,
    Text(String),
    Number(Number),
    Quantity(Number, Unit),
    List(Vec<String>),
}

/// A test of a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TextTest {
    Eq(String),
    Ne(String),
    In(Vec<String>),
    NotIn(Vec<String>),
    Like(String),
    ILike(String),
    RLike(String),
    /// The text contains exactly these characters, ignoring case.
    Contains(String),
    Null,
    NotNull,
}

/// A test of a value that can be text or a number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ValueTest {
    Text(TextTest),
    Number(NumberTest),
}

/// A test of a number.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NumberTest {
    pub(crate) comparison: Comparison,
    pub(crate) value: Number,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Comparison {
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "<>",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }
}

impl Number {
    pub(crate) fn as_f64(self) -> f64 {
        match self {
            Self::Integer(n) => n as f64,
            Self::Real(n) => n,
        }
    }

    pub(crate) fn times(self, factor: i64) -> Self {
        match self {
            Self::Integer(n) => {
                n.checked_mul(factor).map_or(Self::Real(n as f64 * factor as f64), Self::Integer)
            }
            Self::Real(n) => Self::Real(n * factor as f64),
        }
    }

    pub(crate) fn to_sql(self) -> SqlValue {
        match self {
            Self::Integer(n) => SqlValue::Integer(n),
            Self::Real(n) => SqlValue::Real(n),
        }
    }
}

impl Op {
    /// Comparators of short texts that every record has.
    pub(crate) const ID: &[Self] = &[
        Self::Eq,
        Self::Ne,
        Self::In,
        Self::NotIn,
        Self::Like,
        Self::ILike,
        Self::RLike,
        Self::Contains,
    ];
    /// Comparators of texts that a record can lack.
    pub(crate) const TEXT: &[Self] = &[
        Self::Eq,
        Self::Ne,
        Self::Like,
        Self::ILike,
        Self::RLike,
        Self::Contains,
        Self::IsNull,
        Self::IsNotNull,
    ];
    /// Comparators of short texts that a record can lack.
    pub(crate) const ANY: &[Self] = &[
        Self::Eq,
        Self::Ne,
        Self::In,
        Self::NotIn,
        Self::Like,
        Self::ILike,
        Self::RLike,
        Self::Contains,
        Self::IsNull,
        Self::IsNotNull,
    ];
    /// Comparators of errors. `!=` is missing, because a trace can have several errors, of which
    /// one may differ and another be equal; `NOT error = …` is unambiguous.
    pub(crate) const ERROR: &[Self] = &[
        Self::Contains,
        Self::Eq,
        Self::Like,
        Self::ILike,
        Self::RLike,
        Self::IsNull,
        Self::IsNotNull,
    ];
    pub(crate) const NUMBER: &[Self] =
        &[Self::Eq, Self::Ne, Self::Gt, Self::Ge, Self::Lt, Self::Le];
    pub(crate) const PAYLOAD: &[Self] = &[Self::Contains, Self::Like, Self::ILike];
    pub(crate) const ATTRIBUTE: &[Self] =
        &[Self::Eq, Self::Ne, Self::Like, Self::ILike, Self::RLike, Self::Contains];
    /// Comparators of feedback: [`Op::JUDGED`], and the verdicts IS GOOD and IS BAD.
    pub(crate) const FEEDBACK: &[Self] = &[
        Self::Eq,
        Self::Ne,
        Self::Gt,
        Self::Ge,
        Self::Lt,
        Self::Le,
        Self::Like,
        Self::ILike,
        Self::RLike,
        Self::Contains,
        Self::IsNull,
        Self::IsNotNull,
        Self::IsGood,
        Self::IsBad,
    ];
    /// Comparators of JSON values that a trace may lack.
    pub(crate) const VALUE: &[Self] = &[
        Self::Eq,
        Self::Ne,
        Self::Gt,
        Self::Ge,
        Self::Lt,
        Self::Le,
        Self::In,
        Self::NotIn,
        Self::Like,
        Self::ILike,
        Self::RLike,
        Self::Contains,
        Self::IsNull,
        Self::IsNotNull,
    ];
    /// Comparators of values that can be numbers or texts.
    pub(crate) const JUDGED: &[Self] = match Self::FEEDBACK {
        [judged @ .., Self::IsGood, Self::IsBad] => judged,
        _ => panic!("the verdict stands last"),
    };

    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Like => "LIKE",
            Self::ILike => "ILIKE",
            Self::RLike => "RLIKE",
            Self::Contains => "CONTAINS",
            Self::In => "IN",
            Self::NotIn => "NOT IN",
            Self::IsNull => "IS NULL",
            Self::IsNotNull => "IS NOT NULL",
            Self::IsGood => "IS GOOD",
            Self::IsBad => "IS BAD",
        }
    }

    pub(crate) fn comparison(self) -> Option<Comparison> {
        match self {
            Self::Eq => Some(Comparison::Eq),
            Self::Ne => Some(Comparison::Ne),
            Self::Lt => Some(Comparison::Lt),
            Self::Le => Some(Comparison::Le),
            Self::Gt => Some(Comparison::Gt),
            Self::Ge => Some(Comparison::Ge),
            _ => None,
        }
    }
}

impl Clause {
    /// The key of a tag, and the test of its value. Fails if the key is empty.
    pub(crate) fn tag_test(&self, ops: &[Op]) -> Result<(String, TextTest), ParseError> {
        if self.key.is_empty() {
            return Err(self.bad_name("Tag key cannot be empty"));
        }
        Ok((self.key.clone(), self.text_test("tag", ops)?))
    }

    pub(crate) fn bad_name(&self, message: impl Into<String>) -> ParseError {
        ParseError::new(self.name_at.clone(), message)
    }

    pub(crate) fn bad_op(&self, message: impl Into<String>) -> ParseError {
        ParseError::new(self.op_at.clone(), message)
    }

    pub(crate) fn bad_value(&self, message: impl Into<String>) -> ParseError {
        ParseError::new(self.value_at.clone(), message)
    }

    pub(crate) fn allow(&self, ops: &[Op]) -> Result<(), ParseError> {
        // Fields that accept patterns accept plain text, too.
        let is_taken = match self.op {
            Op::Contains => ops.contains(&Op::ILike),
            op => ops.contains(&op),
        };
        if is_taken {
            return Ok(());
        }
        let named = ops.iter().filter(|op| **op != Op::Contains);
        let symbols: Vec<_> = named.map(|op| format!("'{}'", op.symbol())).collect();
        Err(self.bad_op(format!(
            "Invalid comparator '{}' not one of '{{{}}}'",
            self.op.symbol(),
            symbols.join(", ")
        )))
    }

    /// The value as error messages show it.
    pub(crate) fn display_value(&self) -> String {
        match &self.value {
            Literal::None => self.op.symbol().to_owned(),
            Literal::Text(text) => format!("'{}'", short(text)),
            Literal::Number(Number::Integer(n)) => n.to_string(),
            Literal::Number(Number::Real(n)) => n.to_string(),
            Literal::Quantity(number, unit) => format!("{}{}", number.as_f64(), unit.name),
            Literal::List(items) => {
                let items: Vec<_> =
                    items.iter().take(4).map(|i| format!("'{}'", short(i))).collect();
                format!("({})", items.join(", "))
            }
        }
    }

    /// Resolves the clause to a test of texts. `kind` is the name of the field in messages, such as
    /// `tag`.
    pub(crate) fn text_test(&self, kind: &str, ops: &[Op]) -> Result<TextTest, ParseError> {
        self.allow(ops)?;
        let text = match (&self.value, self.op) {
            (_, Op::IsNull) => return Ok(TextTest::Null),
            (_, Op::IsNotNull) => return Ok(TextTest::NotNull),
            (Literal::List(items), Op::In) => return Ok(TextTest::In(items.clone())),
            (Literal::List(items), Op::NotIn) => return Ok(TextTest::NotIn(items.clone())),
            (Literal::Text(text), _) => text.clone(),
            (Literal::Quantity(..), _) => {
                return Err(self.bad_value(not_quoted(&self.display_value())));
            }
            _ => {
                return Err(self.bad_value(format!(
                    "Expected a quoted string value for {kind} (e.g. 'my-value'). Got value {}",
                    self.display_value()
                )));
            }
        };
        match self.op {
            Op::Eq => Ok(TextTest::Eq(text)),
            Op::Ne => Ok(TextTest::Ne(text)),
            Op::Like => Ok(TextTest::Like(text)),
            Op::ILike => Ok(TextTest::ILike(text)),
            Op::RLike => Ok(TextTest::RLike(text)),
            Op::Contains => Ok(TextTest::Contains(text)),
            _ => Err(self.bad_value(format!(
                "Expected a list of quoted strings for '{}', such as ('a', 'b'). Got value {}",
                self.op.symbol(),
                self.display_value()
            ))),
        }
    }

    pub(crate) fn number_test(&self, kind: &str, ops: &[Op]) -> Result<NumberTest, ParseError> {
        self.allow(ops)?;
        match (self.op.comparison(), &self.value) {
            (Some(comparison), Literal::Number(value)) => {
                Ok(NumberTest { comparison, value: *value })
            }
            (_, Literal::Quantity(..)) => Err(self.bad_value(not_quoted(&self.display_value()))),
            _ => Err(self.bad_value(format!(
                "Expected a numeric value for {kind} when using comparator '{}'. Got value {}",
                self.op.symbol(),
                self.display_value()
            ))),
        }
    }

    /// Resolves the clause to a test of numbers. The value may have a unit of this measure, and is
    /// then converted.
    pub(crate) fn quantity_test(
        &self,
        kind: &str,
        measure: Option<Measure>,
    ) -> Result<NumberTest, ParseError> {
        if let (Some(comparison), Literal::Quantity(number, unit)) =
            (self.op.comparison(), &self.value)
            && measure == Some(unit.of)
        {
            return Ok(NumberTest { comparison, value: number.times(unit.factor) });
        }
        self.number_test(kind, Op::NUMBER)
    }
}

impl TextTest {
    /// Replaces LIKE without wildcards by an equality, for which an index can be used.
    pub(crate) fn simplified(self) -> Self {
        match self {
            Self::Like(pattern) if !pattern.contains(['%', '_']) => Self::Eq(pattern),
            test => test,
        }
    }

    /// The texts to be equal to, if the test is an equality with one of several texts.
    pub(crate) fn equals_one_of(&self) -> Option<&[String]> {
        match self {
            Self::Eq(value) => Some(std::slice::from_ref(value)),
            Self::In(values) => Some(values),
            _ => None,
        }
    }
}
