//! Reading protobuf's JSON straight into messages, with the path of whatever does not fit.
//!
//! `null` is absent, numbers may be text, and a value of the wrong type is an error that names its path. No tree
//! is built: what a text becomes is charged while it is read, and ends the reading beyond a limit.
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::marker::PhantomData;
use std::mem::size_of;

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::decoded_size::{MESSAGES_DEPTH_MAX, list_bytes};
use crate::json_tree::skip_string;
use crate::value::heap_bytes;

/// A text may become this many times its size, and at least so much.
const READ_TIMES: usize = 6;
const READ_BYTES_MIN: usize = 4 << 20;

/// Why a text could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Shape(#[from] UnexpectedType),
    /// It becomes more than so many bytes.
    #[error("it takes more than {0} bytes")]
    TooLarge(usize),
}

/// A value that is not what its place asks for.
#[derive(Debug, thiserror::Error)]
#[error("`{at}` must be {expected}")]
pub struct UnexpectedType {
    at: String,
    expected: &'static str,
}

/// Reads a text that holds one message.
pub(crate) fn read<T: Message>(json: &[u8]) -> Result<T, ReadError> {
    let charge = Charge::up_to((READ_TIMES * json.len()).max(READ_BYTES_MIN));
    let at = At::root(&charge);
    let mut reader = serde_json::Deserializer::from_slice(json);
    // What is too deep is refused by `At`, in protobuf's measure.
    reader.disable_recursion_limit();
    let read = Place::<Option<T>>::new(at).deserialize(&mut reader).and_then(|message| {
        reader.end()?;
        message.ok_or_else(|| at.unexpected("an object"))
    });
    read.map_err(|error| charge.why(error))
}

/// What a text becomes when its messages are read, as an estimate to reserve memory by. At the
/// most it is what [`read`] allows.
pub fn json_decoded_bytes(json: &[u8]) -> usize {
    /// A value in a list, or an attribute, in a list that is half full.
    const NODE_BYTES: usize = 2 * size_of::<KeyValue>();
    let nodes = count_nodes(json);
    let bytes = json.len().saturating_add(nodes.saturating_mul(NODE_BYTES));
    bytes.min((READ_TIMES * json.len()).max(READ_BYTES_MIN))
}

/// How many objects a text has.
fn count_nodes(json: &[u8]) -> usize {
    let mut count = 0;
    let mut rest = json.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'{' => count += 1,
            b'"' => skip_string(&mut rest),
            _ => {}
        }
    }
    count
}

/// What was read so far, in bytes, and what ended it.
struct Charge {
    left: Cell<usize>,
    bytes_max: usize,
    unexpected: RefCell<Option<UnexpectedType>>,
    is_spent: Cell<bool>,
}

impl Charge {
    fn up_to(bytes_max: usize) -> Self {
        let left = Cell::new(bytes_max);
        Self { left, bytes_max, unexpected: RefCell::new(None), is_spent: Cell::new(false) }
    }

    fn why(&self, error: serde_json::Error) -> ReadError {
        match self.unexpected.borrow_mut().take() {
            Some(unexpected) => unexpected.into(),
            None if self.is_spent.get() => ReadError::TooLarge(self.bytes_max),
            None => error.into(),
        }
    }
}

/// A place in the text; lives on the stack, so that walking allocates nothing.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    up: Option<&'a At<'a>>,
    step: Step<'a>,
    /// How many messages may yet lie in one another.
    depth: usize,
    charge: &'a Charge,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Field(&'a str),
    Item(usize),
}

impl<'a> At<'a> {
    fn root(charge: &'a Charge) -> Self {
        // The outermost message is not inside of another one.
        Self { up: None, step: Step::Root, depth: MESSAGES_DEPTH_MAX + 1, charge }
    }

    pub(crate) fn field(&'a self, name: &'a str) -> Self {
        Self { up: Some(self), step: Step::Field(name), ..*self }
    }

    fn item(&'a self, index: usize) -> Self {
        Self { up: Some(self), step: Step::Item(index), ..*self }
    }

    fn deeper<E: Error>(mut self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => {
                self.depth = depth;
                Ok(self)
            }
            None => Err(self.unexpected("less deeply nested")),
        }
    }

    pub(crate) fn unexpected<E: Error>(&self, expected: &'static str) -> E {
        *self.charge.unexpected.borrow_mut() =
            Some(UnexpectedType { at: self.to_string(), expected });
        E::custom(expected)
    }

    /// Charges what a list takes more when one item is added.
    fn charge_growth<T, E: Error>(&self, list: &Vec<T>) -> Result<(), E> {
        if list.len() < list.capacity() {
            return Ok(());
        }
        let bytes = |count| list_bytes(count, size_of::<T>());
        self.charge(bytes(list.len() + 1) - bytes(list.len()))
    }

    pub(crate) fn charge<E: Error>(&self, bytes: usize) -> Result<(), E> {
        match self.charge.left.get().checked_sub(bytes) {
            Some(left) => {
                self.charge.left.set(left);
                Ok(())
            }
            None => {
                self.charge.is_spent.set(true);
                Err(E::custom("it takes too much memory"))
            }
        }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let above = self.up.filter(|up| !matches!(up.step, Step::Root));
        if let Some(up) = above {
            up.fmt(f)?;
        }
        match self.step {
            Step::Root => f.write_str("the body"),
            Step::Item(index) => write!(f, "[{index}]"),
            Step::Field(name) if above.is_some() => write!(f, ".{name}"),
            Step::Field(name) => f.write_str(name),
        }
    }
}

/// What can stand in a place.
pub(crate) trait Read: Sized {
    fn read<'de, D: Deserializer<'de>>(json: D, at: At<'_>) -> Result<Self, D::Error>;
}

/// An object that is read field by field.
pub(crate) trait Message: Default {
    /// Reads the value of a field, or skips it.
    fn read_field<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        field: Field<'_, A>,
    ) -> Result<(), A::Error>;
}

/// A field whose value comes next.
pub(crate) struct Field<'f, A> {
    object: &'f mut A,
    at: &'f At<'f>,
}

impl<'de, A: MapAccess<'de>> Field<'_, A> {
    pub(crate) fn skip(self) -> Result<(), A::Error> {
        self.object.next_value::<IgnoredAny>().map(|_| ())
    }

    pub(crate) fn get<T: Read>(self, name: &str) -> Result<T, A::Error> {
        self.object.next_value_seed(Place::new(self.at.field(name)))
    }

    pub(crate) fn text(self, name: &str) -> Result<String, A::Error> {
        self.get(name)
    }

    pub(crate) fn unless_null<T>(self, name: &str) -> Result<Option<T>, A::Error>
    where
        Option<T>: Read,
    {
        self.get(name)
    }

    /// What `parse` makes of a text.
    pub(crate) fn parsed<T>(
        self,
        name: &str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, A::Error> {
        let at = self.at.field(name);
        match self.scalar(name)? {
            Scalar::Null => Ok(None),
            Scalar::Text(text) => {
                at.charge(text.len())?;
                parse(&text).map(Some).ok_or_else(|| at.unexpected(expected))
            }
            _ => Err(at.unexpected("a string")),
        }
    }

    pub(crate) fn u64(self, name: &str) -> Result<u64, A::Error> {
        const EXPECTED: &str = "a whole number from 0 to 18446744073709551615";
        let at = self.at.field(name);
        let number = match self.scalar(name)? {
            Scalar::Null => Some(0),
            Scalar::U64(number) => Some(number),
            Scalar::I64(number) => u64::try_from(number).ok(),
            Scalar::F64(number) => whole(number),
            Scalar::Text(text) => text.trim().parse().ok(),
            Scalar::Bool(_) | Scalar::Nested => None,
        };
        number.ok_or_else(|| at.unexpected(EXPECTED))
    }

    pub(crate) fn i64(self, name: &str) -> Result<Option<i64>, A::Error> {
        let at = self.at.field(name);
        let of_double = |number: f64| {
            let size = i64::try_from(whole(number.abs())?).ok()?;
            Some(if number < 0.0 { -size } else { size })
        };
        let number = match self.scalar(name)? {
            Scalar::Null => return Ok(None),
            Scalar::I64(number) => Some(number),
            Scalar::U64(number) => i64::try_from(number).ok().or_else(|| of_double(number as f64)),
            Scalar::F64(number) => of_double(number),
            Scalar::Text(text) => text.trim().parse().ok(),
            Scalar::Bool(_) | Scalar::Nested => None,
        };
        number.map(Some).ok_or_else(|| at.unexpected("a whole number of 64 bits"))
    }

    pub(crate) fn count(self, name: &str) -> Result<u32, A::Error> {
        // What does not fit is a count nobody can have meant; the largest says as much.
        Ok(u32::try_from(self.u64(name)?).unwrap_or(u32::MAX))
    }

    pub(crate) fn double(self, name: &str) -> Result<Option<f64>, A::Error> {
        let at = self.at.field(name);
        let number = match self.scalar(name)? {
            Scalar::I64(number) => Some(number as f64),
            Scalar::U64(number) => Some(number as f64),
            Scalar::F64(number) => Some(number),
            // `parse` knows "NaN", "Infinity" and "-Infinity" too.
            Scalar::Text(text) => text.trim().parse().ok(),
            Scalar::Null => return Ok(None),
            Scalar::Bool(_) | Scalar::Nested => None,
        };
        number.map(Some).ok_or_else(|| at.unexpected("a number"))
    }

    pub(crate) fn bool(self, name: &str) -> Result<Option<bool>, A::Error> {
        let at = self.at.field(name);
        match self.scalar(name)? {
            Scalar::Null => Ok(None),
            Scalar::Bool(flag) => Ok(Some(flag)),
            _ => Err(at.unexpected("true or false")),
        }
    }

    /// By number or by name; an unknown name is the default, as protobuf readers that ignore the
    /// unknown do.
    pub(crate) fn enumeration(
        self,
        name: &str,
        by_name: impl Fn(&str) -> Option<i32>,
    ) -> Result<i32, A::Error> {
        let at = self.at.field(name);
        let number = match self.scalar(name)? {
            Scalar::Null => Some(0),
            Scalar::I64(number) => i32::try_from(number).ok(),
            Scalar::U64(number) => i32::try_from(number).ok(),
            Scalar::Text(name) => Some(name.parse().ok().or_else(|| by_name(&name)).unwrap_or(0)),
            Scalar::F64(_) => None,
            Scalar::Bool(_) | Scalar::Nested => {
                return Err(at.unexpected("an enum, by number or by name"));
            }
        };
        number.ok_or_else(|| at.unexpected("an enum"))
    }

    fn scalar(self, name: &str) -> Result<Scalar<'de>, A::Error> {
        self.object.next_value_seed(ScalarSeed { at: self.at.field(name) })
    }
}

/// Reads what stands in a place.
struct Place<'a, T> {
    at: At<'a>,
    read: PhantomData<T>,
}

impl<'a, T> Place<'a, T> {
    fn new(at: At<'a>) -> Self {
        Self { at, read: PhantomData }
    }
}

impl<'de, T: Read> DeserializeSeed<'de> for Place<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<T, D::Error> {
        T::read(json, self.at)
    }
}

impl Read for String {
    fn read<'de, D: Deserializer<'de>>(json: D, at: At<'_>) -> Result<Self, D::Error> {
        Option::<Self>::read(json, at).map(Option::unwrap_or_default)
    }
}

/// A text, unless it is `null`.
impl Read for Option<String> {
    fn read<'de, D: Deserializer<'de>>(json: D, at: At<'_>) -> Result<Self, D::Error> {
        match (ScalarSeed { at }).deserialize(json)? {
            Scalar::Text(text) => {
                at.charge(text.len())?;
                Ok(Some(text.into_owned()))
            }
            Scalar::Null => Ok(None),
            _ => Err(at.unexpected("a string")),
        }
    }
}

impl<T: Message> Read for T {
    fn read<'de, D: Deserializer<'de>>(json: D, at: At<'_>) -> Result<Self, D::Error> {
        json.deserialize_any(MessageVisitor { at: at.deeper()?, read: PhantomData })
            .map(Option::unwrap_or_default)
    }
}

/// A message, unless it is `null`.
impl<T: Message> Read for Option<T> {
    fn read<'de, D: Deserializer<'de>>(json: D, at: At<'_>) -> Result<Self, D::Error> {
        json.deserialize_any(MessageVisitor { at: at.deeper()?, read: PhantomData })
    }
}

/// A list; `null` is an empty one.
impl<T: Read> Read for Vec<T> {
    fn read<'de, D: Deserializer<'de>>(json: D, at: At<'_>) -> Result<Self, D::Error> {
        match json.deserialize_any(ListVisitor { at, read: PhantomData })? {
            Listed::List(list) => Ok(list),
            Listed::Null => Ok(Vec::new()),
            Listed::Other => Err(at.unexpected("a list")),
        }
    }
}

struct MessageVisitor<'a, T> {
    at: At<'a>,
    read: PhantomData<T>,
}

/// Visits for which only the error differs from place to place.
macro_rules! unexpected_types {
    ($expected:literal, $($visit:ident: $type:ty),*) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str($expected)
        }

        $(fn $visit<E: Error>(self, _: $type) -> Result<Self::Value, E> {
            Err(self.at.unexpected($expected))
        })*
    };
}

impl<'de, T: Message> Visitor<'de> for MessageVisitor<'_, T> {
    type Value = Option<T>;

    unexpected_types!("an object", visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Option<T>, A::Error> {
        Err(self.at.unexpected("an object"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Option<T>, A::Error> {
        let mut message = T::default();
        while let Some(name) = object.next_key_seed(Name)? {
            message.read_field(&name, Field { object: &mut object, at: &self.at })?;
        }
        Ok(Some(message))
    }
}

/// `None` where there is something else than a list.
pub(crate) fn list_or_else<'de, D: Deserializer<'de>, T: Read>(
    json: D,
    at: At<'_>,
) -> Result<Option<Vec<T>>, D::Error> {
    match json.deserialize_any(ListVisitor { at, read: PhantomData })? {
        Listed::List(list) => Ok(Some(list)),
        Listed::Null | Listed::Other => Ok(None),
    }
}

/// What was found where a list may be.
enum Listed<T> {
    List(Vec<T>),
    Null,
    Other,
}

struct ListVisitor<'a, T> {
    at: At<'a>,
    read: PhantomData<T>,
}

impl<'de, T: Read> Visitor<'de> for ListVisitor<'_, T> {
    type Value = Listed<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Listed::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Listed::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Listed::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Listed::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Listed::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Listed::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Listed::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list: Vec<T> = Vec::new();
        while let Some(item) = items.next_element_seed(Place::new(self.at.item(list.len())))? {
            self.at.charge_growth(&list)?;
            list.push(item);
        }
        Ok(Listed::List(list))
    }
}

/// The fields of an object, each read by `read`; `null` has none.
pub(crate) fn fields<'de, D: Deserializer<'de>>(
    json: D,
    at: At<'_>,
    read: impl Fn(&RawValue) -> AnyValue,
) -> Result<Vec<(String, AnyValue)>, D::Error> {
    json.deserialize_any(FieldsVisitor { at, read })
}

struct FieldsVisitor<'a, F> {
    at: At<'a>,
    read: F,
}

impl<'de, F: Fn(&RawValue) -> AnyValue> Visitor<'de> for FieldsVisitor<'_, F> {
    type Value = Vec<(String, AnyValue)>;

    unexpected_types!("an object", visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(self.at.unexpected("an object"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(name) = object.next_key_seed(Name)? {
            let value = (self.read)(object.next_value()?);
            self.at.charge(name.len() + heap_bytes(&value))?;
            self.at.charge_growth(&fields)?;
            fields.push((name.into_owned(), value));
        }
        Ok(fields)
    }
}

/// The name of a field, copied only where it is escaped.
pub(crate) struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Cow<'de, str>, D::Error> {
        json.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

enum Scalar<'de> {
    Null,
    Bool(bool),
    I64(i64),
    U64(u64),
    F64(f64),
    Text(Cow<'de, str>),
    /// A list or an object, which was skipped.
    Nested,
}

struct ScalarSeed<'a> {
    at: At<'a>,
}

impl<'de> DeserializeSeed<'de> for ScalarSeed<'_> {
    type Value = Scalar<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Scalar<'de>, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ScalarSeed<'_> {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value in `{}`", self.at)
    }

    fn visit_unit<E>(self) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::I64(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::U64(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::F64(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Scalar<'de>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Scalar<'de>, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nested)
    }
}

/// Protobuf's JSON allows `1.0` and `1e3` where a whole number is due.
fn whole(number: f64) -> Option<u64> {
    const LIMIT: f64 = 18_446_744_073_709_551_616.0;
    ((0.0..LIMIT).contains(&number) && number.fract() == 0.0).then_some(number as u64)
}
