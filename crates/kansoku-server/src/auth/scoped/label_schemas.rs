//! Label schemas as a token for some experiments may use them. Those of others look as if they did
//! not exist.
use async_trait::async_trait;
use kansoku_model::{LabelSchema, LabelSchemaId};
use kansoku_store::{
    LabelSchemaEdit, LabelSchemaQuery, LabelSchemaStore, NewLabelSchema, StoreError,
};

use super::meta::ScopedMeta;

#[async_trait]
impl LabelSchemaStore for ScopedMeta {
    async fn create_label_schema(&self, new: NewLabelSchema) -> Result<LabelSchema, StoreError> {
        self.rights.check(new.experiment).await?;
        self.inner.create_label_schema(new).await
    }

    async fn label_schema(&self, id: &LabelSchemaId) -> Result<LabelSchema, StoreError> {
        let schema = self.inner.label_schema(id).await?;
        match self.rights.includes(schema.experiment).await? {
            true => Ok(schema),
            false => Err(StoreError::LabelSchemaNotFound(id.clone())),
        }
    }

    async fn label_schemas(
        &self,
        query: LabelSchemaQuery,
    ) -> Result<(Vec<LabelSchema>, bool), StoreError> {
        self.rights.check(query.experiment).await?;
        self.inner.label_schemas(query).await
    }

    async fn edit_label_schema(
        &self,
        id: &LabelSchemaId,
        edit: LabelSchemaEdit,
    ) -> Result<(), StoreError> {
        self.label_schema(id).await?;
        self.inner.edit_label_schema(id, edit).await
    }
}
