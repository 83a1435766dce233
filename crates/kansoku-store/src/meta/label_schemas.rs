//! Label schemas: the questions of an experiment.
use async_trait::async_trait;
use kansoku_model::{ExperimentId, LabelInput, LabelSchema, LabelSchemaId, LabelType};

use crate::StoreError;

#[async_trait]
pub trait LabelSchemaStore: Send + Sync {
    /// Refused where the name is taken, and in a deleted experiment.
    async fn create_label_schema(&self, new: NewLabelSchema) -> Result<LabelSchema, StoreError>;

    async fn label_schema(&self, id: &LabelSchemaId) -> Result<LabelSchema, StoreError>;

    /// The newest first and then by id, and whether more follow.
    async fn label_schemas(
        &self,
        query: LabelSchemaQuery,
    ) -> Result<(Vec<LabelSchema>, bool), StoreError>;

    async fn edit_label_schema(
        &self,
        id: &LabelSchemaId,
        edit: LabelSchemaEdit,
    ) -> Result<(), StoreError>;

    async fn label_schema_by_name(
        &self,
        experiment: ExperimentId,
        name: &str,
    ) -> Result<LabelSchema, StoreError> {
        let which = WhichLabelSchemas::Named(name.to_owned());
        let query = LabelSchemaQuery { experiment, which, offset: 0, max_results: 1 };
        let (mut found, _) = self.label_schemas(query).await?;
        found.pop().ok_or_else(|| StoreError::LabelSchemaNameNotFound {
            experiment,
            name: name.to_owned(),
        })
    }

    /// Makes the experiment's default schema, unless it has one.
    async fn ensure_default_label_schema(
        &self,
        experiment: ExperimentId,
    ) -> Result<(), StoreError> {
        let which = WhichLabelSchemas::Default;
        let query = LabelSchemaQuery { experiment, which, offset: 0, max_results: 1 };
        if !self.label_schemas(query).await?.0.is_empty() {
            return Ok(());
        }
        match self.create_label_schema(NewLabelSchema::default_of(experiment)).await {
            // Another request was quicker.
            Ok(_) | Err(StoreError::LabelSchemaExists { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

#[derive(Clone, Debug)]
pub struct NewLabelSchema {
    pub experiment: ExperimentId,
    pub name: String,
    pub label_type: LabelType,
    pub input: LabelInput,
    pub instruction: Option<String>,
    pub enable_comment: bool,
    pub is_default: bool,
}

impl NewLabelSchema {
    fn default_of(experiment: ExperimentId) -> Self {
        Self {
            experiment,
            name: LabelSchema::DEFAULT_NAME.to_owned(),
            label_type: LabelType::Feedback,
            input: LabelInput::Text { max_length: None },
            instruction: Some("What do you think of this trace?".to_owned()),
            enable_comment: false,
            is_default: true,
        }
    }
}

/// A change of one label schema. The default one refuses all of them.
#[derive(Clone, Debug)]
pub enum LabelSchemaEdit {
    /// Refused where another schema has the name, or the input is of another kind.
    Update(LabelSchemaUpdate),
    Delete,
}

/// The fields that an update sets; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct LabelSchemaUpdate {
    pub name: Option<String>,
    pub input: Option<LabelInput>,
    pub instruction: Option<String>,
    pub enable_comment: Option<bool>,
}

#[derive(Clone, Debug)]
pub struct LabelSchemaQuery {
    pub experiment: ExperimentId,
    pub which: WhichLabelSchemas,
    pub offset: usize,
    pub max_results: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhichLabelSchemas {
    All,
    Named(String),
    Default,
}
