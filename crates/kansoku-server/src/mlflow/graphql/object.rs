//! An object of the schema over the JSON of a handler's answer.
//!
//! A field that the JSON lacks has the value that it has in MLflow's messages: empty, zero, the first
//! value of an enum, or an object of such values.
use apollo_compiler::{
    Schema,
    ast::Type,
    resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue},
    schema::ExtendedType,
};
use kansoku_filter::print::equals;
use serde_json::{Map, Value};

use super::calls::Calls;

pub(super) struct Object<'a> {
    type_name: &'a str,
    json: Option<&'a Value>,
    calls: &'a Calls,
}

impl<'a> Object<'a> {
    /// The object of the type `Query` or `Mutation`.
    pub(super) fn root(type_name: &'a str, calls: &'a Calls) -> Self {
        Self { type_name, json: None, calls }
    }

    /// The answer of a handler; `None` if it has to be called first.
    fn call(
        &self,
        field: &str,
        request: Map<String, Value>,
    ) -> Result<Option<&'a Value>, FieldError> {
        match self.calls.answer(field, request) {
            None => Ok(None),
            Some(Ok(answer)) => Ok(Some(answer)),
            Some(Err(message)) => Err(FieldError { message: message.clone() }),
        }
    }

    /// A text of the object's `info`, which runs have.
    fn info(&self, name: &str) -> &'a str {
        let info = self.json.and_then(|json| json.get("info"));
        info.and_then(|info| info.get(name)).and_then(Value::as_str).unwrap_or_default()
    }
}

impl ObjectValue for Object<'_> {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        let field = info.field_name();
        let json = match (self.type_name, field) {
            ("Query" | "Mutation", _) => match self.call(field, request(info))? {
                None => return Ok(ResolvedValue::null()),
                answer => answer,
            },
            ("MlflowRunExtension", "experiment") => {
                let request = one("experiment_id", self.info("experiment_id"));
                let answer = self.call("mlflowGetExperiment", request)?;
                answer.and_then(|answer| answer.get("experiment"))
            }
            ("MlflowRunExtension", "modelVersions") => {
                let request = one("filter", &equals("run_id", self.info("run_id")));
                let answer = self.call("mlflowSearchModelVersions", request)?;
                answer.and_then(|answer| answer.get("model_versions"))
            }
            (_, "apiError") => return Ok(ResolvedValue::null()),
            _ => self.json.and_then(|json| json.get(snake_case(field))),
        };
        Ok(resolved(json, &info.field_definition().ty, info.schema(), self.calls))
    }
}

/// The argument `input`, or else all arguments.
fn request(info: &ResolveInfo<'_>) -> Map<String, Value> {
    let arguments = info.arguments();
    let json = match arguments.get("input") {
        Some(input) => serde_json::to_value(input),
        None => serde_json::to_value(arguments),
    };
    match json {
        Ok(Value::Object(request)) => request,
        _ => Map::new(),
    }
}

fn one(name: &str, value: &str) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), value.into())])
}

fn resolved<'a>(
    json: Option<&'a Value>,
    ty: &'a Type,
    schema: &'a Schema,
    calls: &'a Calls,
) -> ResolvedValue<'a> {
    let name = match ty {
        Type::List(item) | Type::NonNullList(item) => {
            let items = json.and_then(Value::as_array).into_iter().flatten();
            return ResolvedValue::list(
                items.map(move |json| resolved(Some(json), item, schema, calls)),
            );
        }
        Type::Named(name) | Type::NonNullNamed(name) => name,
    };
    match schema.types.get(name) {
        Some(ExtendedType::Object(_)) => {
            ResolvedValue::object(Object { type_name: name, json, calls })
        }
        Some(ExtendedType::Enum(kind)) => {
            let first = kind.values.keys().next().map_or("", |value| value.as_str());
            ResolvedValue::leaf(json.and_then(Value::as_str).unwrap_or(first))
        }
        _ => scalar(json, name),
    }
}

fn scalar<'a>(json: Option<&Value>, type_name: &str) -> ResolvedValue<'a> {
    let text = match json {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(json) => Some(json.to_string()),
    };
    match type_name {
        "Boolean" => ResolvedValue::leaf(json.and_then(Value::as_bool).unwrap_or_default()),
        "Float" => match text.as_deref() {
            // JSON has no NaN and no infinities, so handlers answer with texts. MLflow keeps
            // infinities as the largest numbers.
            Some("NaN") => ResolvedValue::null(),
            Some("Infinity") => ResolvedValue::leaf(f64::MAX),
            Some("-Infinity") => ResolvedValue::leaf(f64::MIN),
            _ => ResolvedValue::leaf(json.and_then(Value::as_f64).unwrap_or_default()),
        },
        "LongString" => ResolvedValue::leaf(text.unwrap_or_else(|| "0".to_owned())),
        _ => ResolvedValue::leaf(text.unwrap_or_default()),
    }
}

/// `creationTime` becomes `creation_time`.
fn snake_case(field: &str) -> String {
    let mut name = String::with_capacity(field.len() + 4);
    for c in field.chars() {
        if c.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}
