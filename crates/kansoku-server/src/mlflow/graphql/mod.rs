//! `/graphql`: the queries that MLflow's own web UI sends. The handlers of the REST API answer them.
//!
//! An operation is executed without waiting for a store: whatever it lacks is collected, called, and
//! then it is executed again. So runs of one experiment cost one call for it, and the execution, which
//! is bound to one thread, never holds up another request.
mod calls;
mod limits;
mod object;

use std::sync::LazyLock;

use apollo_compiler::{
    ExecutableDocument, Schema,
    introspection::check_max_depth,
    parser::Parser,
    request::RequestError,
    resolvers::Execution,
    response::{ExecutionResponse, JsonMap},
    validation::{DiagnosticList, Valid},
};
use axum::{Json, http::Method};
use kansoku_mlflow::ClientFlavor;
use kansoku_model::Scope;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::{calls::Calls, object::Object};
use crate::{
    ApiError, App,
    http::{
        extract::{JsonBody, Query},
        streaming::off_thread,
    },
    route_table::Routes,
};

/// Longest text of a query, in bytes.
const QUERY_BYTES_MAX: usize = 64 << 10;
/// Deepest nesting that is parsed, of values and inline fragments, too.
const NESTING_MAX: usize = 50;

static SCHEMA: LazyLock<Valid<Schema>> = LazyLock::new(|| {
    Schema::parse_and_validate(include_str!("schema.graphql"), "schema.graphql")
        .expect("a test parses the schema")
});

pub(crate) fn routes(routes: &mut Routes) {
    routes.plain(Scope::Read, Method::GET, "/graphql", get);
    routes.plain(Scope::Read, Method::POST, "/graphql", post);
}

#[derive(Deserialize)]
struct Request {
    query: String,
    /// An object, in a URL as JSON text.
    variables: Option<Value>,
    /// Required if the query has several operations.
    operation_name: Option<String>,
}

/// As MLflow's server answers: both fields are always there, and errors are only their messages.
#[derive(Serialize)]
struct Answer {
    data: Option<JsonMap>,
    errors: Option<Vec<String>>,
}

/// `GET /graphql?query=…`
async fn get(
    app: App,
    flavor: ClientFlavor,
    Query(request): Query<Request>,
) -> Result<Json<Answer>, ApiError> {
    answer(app, flavor, request).await
}

/// `POST /graphql`
async fn post(
    app: App,
    flavor: ClientFlavor,
    JsonBody(request): JsonBody<Request>,
) -> Result<Json<Answer>, ApiError> {
    answer(app, flavor, request).await
}

async fn answer(
    app: App,
    flavor: ClientFlavor,
    request: Request,
) -> Result<Json<Answer>, ApiError> {
    let Request { query, variables, operation_name } = request;
    if QUERY_BYTES_MAX < query.len() {
        return Err(ApiError::invalid(format!(
            "`query` has {} bytes, and may have {QUERY_BYTES_MAX}",
            query.len()
        )));
    }
    let variables = variables_map(variables)?;
    let mut pass = Pass { query, variables, operation_name, calls: Calls::default() };
    loop {
        let (executed, executed_pass) = off_thread(move || (pass.execute(), pass)).await;
        pass = executed_pass;
        let response = match executed {
            Ok(response) => response,
            Err(messages) => return Ok(Json(Answer { data: None, errors: Some(messages) })),
        };
        if pass.calls.make_wanted(&app, flavor).await == 0 {
            return Ok(Json(response.into()));
        }
    }
}

fn variables_map(variables: Option<Value>) -> Result<JsonMap, ApiError> {
    let read = match variables {
        None => return Ok(JsonMap::new()),
        Some(Value::String(text)) => serde_json::from_str(&text),
        Some(json) => serde_json::from_value(json),
    };
    read.map_err(|_| ApiError::invalid("`variables` must be a JSON object"))
}

/// An operation, and what has been called for it so far.
struct Pass {
    query: String,
    variables: JsonMap,
    operation_name: Option<String>,
    calls: Calls,
}

impl Pass {
    fn execute(&self) -> Result<ExecutionResponse, Vec<String>> {
        let document = parse(&self.query)?;
        let refuse = |error: RequestError| vec![error.message().to_string()];
        let name = self.operation_name.as_deref().filter(|name| !name.is_empty());
        let operation = document.operations.get(name).map_err(refuse)?;
        check_max_depth(&document, operation).map_err(refuse)?;
        let root = Object::root(operation.object_type(), &self.calls);
        Execution::new(&SCHEMA, &document)
            .operation(operation)
            .raw_variable_values(&self.variables)
            .enable_schema_introspection(true)
            .execute_sync(&root)
            .map_err(refuse)
    }
}

fn parse(query: &str) -> Result<Valid<ExecutableDocument>, Vec<String>> {
    let mut parser = Parser::new().recursion_limit(NESTING_MAX);
    let document = parser.parse_ast(query, "query").map_err(|refused| messages(&refused.errors))?;
    limits::check(&document).map_err(|error| vec![error.to_string()])?;
    document.to_executable_validate(&SCHEMA).map_err(|refused| messages(&refused.errors))
}

fn messages(errors: &DiagnosticList) -> Vec<String> {
    errors.iter().map(|error| error.to_json().message).collect()
}

impl From<ExecutionResponse> for Answer {
    fn from(response: ExecutionResponse) -> Self {
        let messages = response.errors.into_iter().map(|error| {
            let message = error.message;
            message.strip_prefix("resolver error: ").map_or(message.clone(), str::to_owned)
        });
        let messages: Vec<String> = messages.collect();
        Self { data: response.data, errors: (!messages.is_empty()).then_some(messages) }
    }
}

#[cfg(test)]
mod tests;
