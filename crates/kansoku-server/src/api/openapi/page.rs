//! The OpenAPI document as a plain HTML page without scripts and external resources.
use std::fmt::Write as _;

use serde_json::Value;

pub(super) fn render(document: &Value) -> String {
    let mut html = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Kansoku's API</title><link rel=\"stylesheet\" href=\"../docs.css\"></head><body><main>\
         <h1>Kansoku's API</h1>",
    );
    put(&mut html, "p", document.pointer("/info/description"));
    html.push_str(
        "<p><a href=\"openapi.json\">The same as an OpenAPI document</a>. MLflow's own routes and \
         OTLP are answered, too; they are described by MLflow and OpenTelemetry.</p>",
    );
    for (path, methods) in entries(&document["paths"]) {
        for (method, operation) in entries(methods) {
            operation_in(&mut html, path, method, operation);
        }
    }
    html.push_str("<h2>Shapes</h2>");
    for (name, schema) in entries(&document["components"]["schemas"]) {
        let _ = write!(html, "<section><h3 id=\"{0}\"><code>{0}</code></h3>", escaped(name));
        put(&mut html, "p", schema.get("description"));
        fields_in(&mut html, schema);
        html.push_str("</section>");
    }
    html.push_str("</main></body></html>");
    html
}

fn operation_in(html: &mut String, path: &str, method: &str, operation: &Value) {
    let (method, path) = (method.to_uppercase(), escaped(path));
    let _ = write!(html, "<section><h3><code>{method} {path}</code></h3>");
    put(html, "p", operation.get("summary"));
    put(html, "p", operation.get("description"));
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !parameters.is_empty() {
        html.push_str("<table><tr><th>Parameter</th><th>In</th><th>Is</th><th></th></tr>");
        for parameter in parameters {
            let text = |key: &str| escaped(parameter[key].as_str().unwrap_or_default());
            let optional = if parameter["required"] == true { "" } else { ", optional" };
            let _ = write!(
                html,
                "<tr><td><code>{}</code></td><td>{}{optional}</td><td>{}</td><td>{}</td></tr>",
                text("name"),
                text("in"),
                kind(&parameter["schema"]),
                text("description"),
            );
        }
        html.push_str("</table>");
    }
    for (status, response) in entries(&operation["responses"]) {
        let shape =
            entries(&response["content"]).next().map(|(_, content)| kind(&content["schema"]));
        let _ = write!(
            html,
            "<p>{}: {} {}</p>",
            escaped(status),
            shape.unwrap_or_default(),
            escaped(response["description"].as_str().unwrap_or_default()),
        );
    }
    html.push_str("</section>");
}

fn fields_in(html: &mut String, schema: &Value) {
    if !schema["properties"].is_object() {
        let _ = write!(html, "<p>{}</p>", kind(schema));
        return;
    }
    html.push_str("<table><tr><th>Field</th><th>Is</th><th></th></tr>");
    for (name, field) in entries(&schema["properties"]) {
        let about = field["description"].as_str().unwrap_or_default();
        let (name, about) = (escaped(name), escaped(about));
        let kind = kind(field);
        let _ =
            write!(html, "<tr><td><code>{name}</code></td><td>{kind}</td><td>{about}</td></tr>");
    }
    html.push_str("</table>");
}

/// The type of a schema in a few words, with links to the named schemas.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        let name = escaped(name);
        return format!("<a href=\"#{name}\">{name}</a>");
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        if let Some(several) = schema[key].as_array() {
            return several.iter().map(kind).collect::<Vec<_>>().join(" or ");
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        let values =
            values.iter().map(|value| format!("<code>{}</code>", escaped(&value.to_string())));
        return values.collect::<Vec<_>>().join(", ");
    }
    let named = |kind: &str| match kind {
        "array" => format!("list of {}", self::kind(&schema["items"])),
        "object" if schema["additionalProperties"].is_object() => {
            format!("map to {}", self::kind(&schema["additionalProperties"]))
        }
        kind => escaped(kind),
    };
    match &schema["type"] {
        Value::String(kind) => named(kind),
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).map(named).collect::<Vec<_>>().join(" or ")
        }
        _ => "JSON".to_owned(),
    }
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

fn put(html: &mut String, tag: &str, text: Option<&Value>) {
    if let Some(text) = text.and_then(Value::as_str).filter(|text| !text.is_empty()) {
        let _ = write!(html, "<{tag}>{}</{tag}>", escaped(text));
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
