//! The current position in the text, and the memory charged for what was read.
use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem::size_of;

use serde::de::Error;

use super::{ReadError, UnexpectedType};
use crate::decoded_size::{MESSAGES_DEPTH_MAX, list_bytes};

/// The memory that may still be charged, in bytes, and the reason why reading ended.
pub(super) struct Charge {
    left: Cell<usize>,
    bytes_max: usize,
    unexpected: RefCell<Option<UnexpectedType>>,
    is_spent: Cell<bool>,
}

impl Charge {
    pub(super) fn up_to(bytes_max: usize) -> Self {
        let left = Cell::new(bytes_max);
        Self { left, bytes_max, unexpected: RefCell::new(None), is_spent: Cell::new(false) }
    }

    pub(super) fn why(&self, error: serde_json::Error) -> ReadError {
        match self.unexpected.borrow_mut().take() {
            Some(unexpected) => unexpected.into(),
            None if self.is_spent.get() => ReadError::TooLarge(self.bytes_max),
            None => error.into(),
        }
    }
}

/// A position in the text. It is on the stack, so that keeping the path allocates nothing.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    up: Option<&'a At<'a>>,
    step: Step<'a>,
    /// How many more levels of nested messages are allowed.
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
    pub(super) fn root(charge: &'a Charge) -> Self {
        // The outermost message is not nested, so it is not counted.
        Self { up: None, step: Step::Root, depth: MESSAGES_DEPTH_MAX + 1, charge }
    }

    pub(crate) fn field(&'a self, name: &'a str) -> Self {
        Self { up: Some(self), step: Step::Field(name), ..*self }
    }

    pub(super) fn item(&'a self, index: usize) -> Self {
        Self { up: Some(self), step: Step::Item(index), ..*self }
    }

    pub(super) fn deeper<E: Error>(mut self) -> Result<Self, E> {
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

    /// Charges the bytes by which a list grows when one item is added.
    pub(super) fn charge_growth<T, E: Error>(&self, list: &Vec<T>) -> Result<(), E> {
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
