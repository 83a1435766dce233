//! Lists of traces for people: rows that need no second request, and what is said of many at once.
mod asked;
mod plain_row;
mod rows;
mod shape;
mod traces;
mod wire;

pub(crate) use asked::{Asked, experiment_in_path};
pub(crate) use plain_row::trace_row;

use crate::routes::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    traces::routes(routes);
    rows::routes(routes);
}
