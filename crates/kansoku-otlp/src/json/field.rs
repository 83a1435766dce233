//! A field of a message, read as any of the types in protobuf's JSON.
use serde::de::{IgnoredAny, MapAccess};

use super::scalar::{Scalar, ScalarSeed, whole};
use super::values::Place;
use super::{At, Read};

/// A field whose value is read next.
pub(crate) struct Field<'f, A> {
    pub(super) object: &'f mut A,
    pub(super) at: &'f At<'f>,
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

    /// A string, converted by `parse`; an error if that returns `None`.
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
        // A count beyond 32 bits is surely wrong; the largest one is as good.
        Ok(u32::try_from(self.u64(name)?).unwrap_or(u32::MAX))
    }

    pub(crate) fn double(self, name: &str) -> Result<Option<f64>, A::Error> {
        let at = self.at.field(name);
        let number = match self.scalar(name)? {
            Scalar::I64(number) => Some(number as f64),
            Scalar::U64(number) => Some(number as f64),
            Scalar::F64(number) => Some(number),
            // `parse` also accepts "NaN", "Infinity" and "-Infinity".
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

    /// An enum by number or by name. An unknown name gives the default, as in protobuf readers that
    /// ignore unknown fields.
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
