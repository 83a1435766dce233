//! Label schemas.
use async_trait::async_trait;
use kansoku_model::{ExperimentId, LabelSchema, LabelSchemaId};

use super::meta::page;
use super::{ReferenceStore, State};
use crate::core::label_schemas;
use crate::{
    LabelSchemaEdit, LabelSchemaQuery, LabelSchemaStore, NewLabelSchema, StoreError,
    WhichLabelSchemas,
};

#[async_trait]
impl LabelSchemaStore for ReferenceStore {
    async fn create_label_schema(&self, new: NewLabelSchema) -> Result<LabelSchema, StoreError> {
        let now = self.now();
        let mut state = self.state();
        state.require_active(new.experiment)?;
        state.require_free_label(new.experiment, &new.name, None)?;
        let all = state.label_schemas.values().filter(|it| it.experiment == new.experiment);
        if LabelSchema::COUNT_MAX <= all.count() as u64 {
            return Err(StoreError::Invalid("too many label schemas".to_owned()));
        }
        let schema = LabelSchema {
            schema_id: LabelSchemaId::random(),
            experiment: new.experiment,
            name: new.name,
            label_type: new.label_type,
            input: new.input,
            instruction: new.instruction,
            enable_comment: new.enable_comment,
            is_default: new.is_default,
            created: now,
            last_update: now,
        };
        state.label_schemas.insert(schema.schema_id.clone(), schema.clone());
        Ok(schema)
    }

    async fn label_schema(&self, id: &LabelSchemaId) -> Result<LabelSchema, StoreError> {
        self.state().stored_label_schema(id)
    }

    async fn label_schemas(
        &self,
        query: LabelSchemaQuery,
    ) -> Result<(Vec<LabelSchema>, bool), StoreError> {
        let state = self.state();
        let all = state.label_schemas.values().filter(|it| it.experiment == query.experiment);
        let mut found: Vec<_> = all
            .filter(|it| match &query.which {
                WhichLabelSchemas::All => true,
                WhichLabelSchemas::Named(name) => it.name == *name,
                WhichLabelSchemas::Default => it.is_default,
            })
            .cloned()
            .collect();
        found.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.schema_id.cmp(&b.schema_id)));
        Ok(page(found, query.offset, query.max_results))
    }

    async fn edit_label_schema(
        &self,
        id: &LabelSchemaId,
        edit: LabelSchemaEdit,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut state = self.state();
        let mut schema = state.stored_label_schema(id)?;
        match edit {
            LabelSchemaEdit::Delete if schema.is_default => {
                return Err(StoreError::DefaultLabelSchema);
            }
            LabelSchemaEdit::Delete => _ = state.label_schemas.remove(id),
            LabelSchemaEdit::Update(update) => {
                let experiment = schema.experiment;
                label_schemas::update(&mut schema, &update, now)?;
                state.require_free_label(experiment, &schema.name, Some(id))?;
                state.label_schemas.insert(id.clone(), schema);
            }
        }
        Ok(())
    }
}

impl State {
    fn stored_label_schema(&self, id: &LabelSchemaId) -> Result<LabelSchema, StoreError> {
        let found = self.label_schemas.get(id).cloned();
        found.ok_or_else(|| StoreError::LabelSchemaNotFound(id.clone()))
    }

    fn require_free_label(
        &self,
        experiment: ExperimentId,
        name: &str,
        except: Option<&LabelSchemaId>,
    ) -> Result<(), StoreError> {
        let is_taken = self.label_schemas.values().any(|it| {
            it.experiment == experiment && it.name == name && Some(&it.schema_id) != except
        });
        match is_taken {
            true => Err(StoreError::LabelSchemaExists { experiment, name: name.to_owned() }),
            false => Ok(()),
        }
    }
}
