//! Reads strings, messages, lists and the fields of objects.
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use opentelemetry_proto::tonic::common::v1::AnyValue;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::scalar::{Scalar, ScalarSeed};
use super::{At, Field, Message, Read};
use crate::value::heap_bytes;

/// Reads the value at a position.
pub(super) struct Place<'a, T> {
    at: At<'a>,
    read: PhantomData<T>,
}

impl<'a, T> Place<'a, T> {
    pub(super) fn new(at: At<'a>) -> Self {
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

/// A string; `None` for `null`.
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

/// A message; `None` for `null`.
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

/// Visitor methods that fail with the expected type.
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

/// Reads a list; `None` if the value is anything else.
pub(crate) fn list_or_else<'de, D: Deserializer<'de>, T: Read>(
    json: D,
    at: At<'_>,
) -> Result<Option<Vec<T>>, D::Error> {
    match json.deserialize_any(ListVisitor { at, read: PhantomData })? {
        Listed::List(list) => Ok(Some(list)),
        Listed::Null | Listed::Other => Ok(None),
    }
}

/// The value found where a list is optional.
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

/// Reads the fields of an object, each value by `read`; `null` has no fields.
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

/// The name of a field, copied only if it contains escapes.
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
