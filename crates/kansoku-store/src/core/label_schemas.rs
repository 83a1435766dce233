//! Edits of a label schema held in memory.
use std::mem::discriminant;

use kansoku_model::{LabelInput, LabelSchema, TimestampMs};

use crate::{LabelSchemaUpdate, StoreError};

/// Makes an update, or refuses it whole. That the name is free, the engine has looked.
pub fn update(
    schema: &mut LabelSchema,
    update: &LabelSchemaUpdate,
    now: TimestampMs,
) -> Result<(), StoreError> {
    if schema.is_default {
        return Err(StoreError::DefaultLabelSchema);
    }
    if let Some(input) = &update.input {
        check_input(&schema.input, input)?;
        schema.input = input.clone();
    }
    if let Some(name) = &update.name {
        schema.name.clone_from(name);
    }
    schema.instruction = update.instruction.clone().or(schema.instruction.take());
    schema.enable_comment = update.enable_comment.unwrap_or(schema.enable_comment);
    schema.last_update = now;
    Ok(())
}

/// Labels that were given stay what they are: the kind of input never changes.
fn check_input(before: &LabelInput, after: &LabelInput) -> Result<(), StoreError> {
    let refused = |what: &str| {
        Err(StoreError::Invalid(format!(
            "{what} of a label schema cannot be changed; make another"
        )))
    };
    if discriminant(before) != discriminant(after) {
        return refused("the kind of `input`");
    }
    let selects_many =
        |input: &LabelInput| matches!(input, LabelInput::Categorical { multi_select: true, .. });
    if selects_many(before) != selects_many(after) {
        return refused("`multi_select`");
    }
    Ok(())
}
