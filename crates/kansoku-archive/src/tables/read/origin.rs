//! The resource and the scope of a row.
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;

use super::attributes::AttributeColumn;
use super::columns::{Columns, Strings};
use crate::tables::TableError;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Origin {
    pub(super) resource: Option<Resource>,
    pub(super) resource_schema_url: String,
    pub(super) scope: Option<InstrumentationScope>,
    pub(super) scope_schema_url: String,
}

impl Origin {
    /// Whether both have the same resource, so that only their scopes need be told apart.
    pub(super) fn has_resource_of(&self, other: &Self) -> bool {
        (&self.resource, &self.resource_schema_url) == (&other.resource, &other.resource_schema_url)
    }
}

pub(super) struct OriginColumns<'a> {
    resource: Option<(Columns<'a>, AttributeColumn<'a>)>,
    resource_schema_url: Strings<'a>,
    scope: Option<(Columns<'a>, AttributeColumn<'a>)>,
    scope_schema_url: Strings<'a>,
}

impl<'a> OriginColumns<'a> {
    pub(super) fn new(
        columns: &Columns<'a>,
        schema_url_column: &'static str,
    ) -> Result<Self, TableError> {
        let with_attributes = |fields: Option<Columns<'a>>| match fields {
            Some(fields) => Ok(Some((fields, AttributeColumn::new(&fields, "attributes")?))),
            None => Ok(None),
        };
        Ok(Self {
            resource: with_attributes(columns.structs("resource")?)?,
            resource_schema_url: columns.strings("resource_schema_url")?,
            scope: with_attributes(columns.structs("instrumentation_scope")?)?,
            scope_schema_url: columns.strings(schema_url_column)?,
        })
    }

    pub(super) fn origin(&self, row: usize) -> Result<Origin, TableError> {
        let mut origin = Origin {
            resource_schema_url: self.resource_schema_url.text(row),
            scope_schema_url: self.scope_schema_url.text(row),
            ..Origin::default()
        };
        if let Some((fields, attributes)) = self.resource.as_ref().filter(|it| it.0.is_present(row))
        {
            origin.resource = Some(Resource {
                attributes: attributes.attributes(row)?.entries,
                dropped_attributes_count: fields.integers("dropped_attributes_count")?.count(row),
                ..Resource::default()
            });
        }
        if let Some((fields, attributes)) = self.scope.as_ref().filter(|it| it.0.is_present(row)) {
            origin.scope = Some(InstrumentationScope {
                name: fields.strings("name")?.text(row),
                version: fields.strings("version")?.text(row),
                attributes: attributes.attributes(row)?.entries,
                dropped_attributes_count: fields.integers("dropped_attributes_count")?.count(row),
            });
        }
        Ok(origin)
    }
}
