//! Support for writing filters: validation, the fields, and their values.
mod check;
mod facets;
mod fields;
mod root_values;

use crate::route_table::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    check::routes(routes);
    fields::routes(routes);
    facets::routes(routes);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(check::check_filter, fields::list_fields, facets::list_facets,))]
pub(crate) struct Document;
