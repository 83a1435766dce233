//! Reads that MLflow's API has no words for: traces of any size page by page, their OTLP as it
//! came, and news of them while they grow.
mod cut;
mod find;
mod live;
mod otlp;
mod packed;
mod previews;
mod skeleton;
mod span;
mod spans;

pub use live::Live;

use crate::routes::Routes;

pub(crate) fn routes(routes: &mut Routes) {
    spans::routes(routes);
    span::routes(routes);
    previews::routes(routes);
    skeleton::routes(routes);
    find::routes(routes);
    otlp::routes(routes);
    live::routes(routes);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    spans::list,
    span::get,
    span::field,
    previews::previews,
    skeleton::skeleton,
    find::find,
    otlp::read_otlp,
    live::live_news
))]
pub(crate) struct Document;
