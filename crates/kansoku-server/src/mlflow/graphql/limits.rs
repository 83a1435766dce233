//! MLflow's limits of a query, which bound the work of validating and executing it.
use std::collections::{HashMap, HashSet};

use apollo_compiler::{
    Name,
    ast::{Definition, Document, Field, Selection},
};

/// Deepest nesting of fields.
pub(super) const DEPTH_MAX: usize = 10;
/// Most fields, those of a fragment counted wherever it is used.
pub(super) const FIELDS_MAX: usize = 1000;
/// Most fields at the root of all operations.
pub(super) const ROOT_FIELDS_MAX: usize = 10;
/// Most fields of one object that have an alias.
pub(super) const ALIASES_MAX: usize = 10;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum QueryTooLarge {
    #[error("the query is nested deeper than {DEPTH_MAX} fields")]
    Depth,
    #[error("the query has more than {FIELDS_MAX} fields")]
    Fields,
    #[error("the query has {0} fields at its root, and may have {ROOT_FIELDS_MAX}")]
    RootFields(usize),
    #[error("the query gives {0} fields of one object an alias, and may do so for {ALIASES_MAX}")]
    Aliases(usize),
}

pub(super) fn check(document: &Document) -> Result<(), QueryTooLarge> {
    let mut query = Query { fragments: HashMap::new(), fields: 0, root_fields: 0 };
    for definition in &document.definitions {
        if let Definition::FragmentDefinition(fragment) = definition {
            query.fragments.insert(&fragment.name, &fragment.selection_set);
        }
    }
    for definition in &document.definitions {
        if let Definition::OperationDefinition(operation) = definition {
            query.count(&operation.selection_set, 1)?;
        }
    }
    match query.root_fields {
        count if ROOT_FIELDS_MAX < count => Err(QueryTooLarge::RootFields(count)),
        _ => Ok(()),
    }
}

struct Query<'a> {
    fragments: HashMap<&'a Name, &'a [Selection]>,
    fields: usize,
    root_fields: usize,
}

impl<'a> Query<'a> {
    fn count(&mut self, selections: &'a [Selection], depth: usize) -> Result<(), QueryTooLarge> {
        if DEPTH_MAX < depth {
            return Err(QueryTooLarge::Depth);
        }
        let mut fields = Vec::new();
        self.collect(selections, &mut HashSet::new(), &mut fields);
        self.fields += fields.len();
        if FIELDS_MAX < self.fields {
            return Err(QueryTooLarge::Fields);
        }
        if depth == 1 {
            self.root_fields += fields.len();
        }
        let aliases = fields.iter().filter(|field| field.alias.is_some()).count();
        if ALIASES_MAX < aliases {
            return Err(QueryTooLarge::Aliases(aliases));
        }
        let mut nested = fields.into_iter().filter(|field| !field.selection_set.is_empty());
        nested.try_for_each(|field| self.count(&field.selection_set, depth + 1))
    }

    /// The fields of one object, with those of its fragments, each of which is entered once.
    fn collect(
        &self,
        selections: &'a [Selection],
        entered: &mut HashSet<&'a Name>,
        fields: &mut Vec<&'a Field>,
    ) {
        for selection in selections {
            match selection {
                Selection::Field(field) => fields.push(field),
                Selection::InlineFragment(inline) => {
                    self.collect(&inline.selection_set, entered, fields);
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = self.fragments.get(&spread.fragment_name);
                    if let Some(selections) = fragment
                        && entered.insert(&spread.fragment_name)
                    {
                        self.collect(selections, entered, fields);
                    }
                }
            }
        }
    }
}
