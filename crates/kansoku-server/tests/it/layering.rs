//! The module graph of the crate: imports point down, and areas never import each other.
//!
//! The graph is read from the source: every `use` and every path that begins with `crate`, `super`
//! or `self`, outside of unit tests. What `lib.rs` re-exports counts as an import of the module
//! that defines it.
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The layers, lowest first. A module may import its own layer's folder and all layers before it.
const LAYERS: &[&[&str]] = &[
    &["alert_runner", "health", "http", "python_jobs", "scorer_runner", "trace_archive"],
    &["auth"],
    &["app"],
    &["route_table"],
    &["params"],
    &["rendering"],
    &["ingest"],
    &["artifacts"],
    &["maintenance"],
    AREAS,
    // The module that assembles the areas.
    &["api::openapi"],
    &["api"],
    &["routes"],
];

/// The areas, which handle requests. None of them imports another one.
const AREAS: &[&str] = &[
    "api::access",
    "api::admin",
    "api::alerts",
    "api::datasets",
    "api::demo",
    "api::evaluations",
    "api::experiments",
    "api::filters",
    "api::probes",
    "api::quality",
    "api::review_queues",
    "api::scorers",
    "api::sessions",
    "api::spans",
    "api::trace",
    "api::traces",
    "api::views",
    "api::webhooks",
    "api::worker",
    "databricks",
    "mlflow",
    "ui",
];

/// Exceptions: imports that point up, with the reason.
const RINGS: &[(&str, &str, &str)] = &[
    ("app", "api::admin", "the state of the server names what an area keeps in it"),
    ("app", "api::evaluations", "as above"),
    ("app", "api::traces", "as above"),
    ("app", "artifacts", "as above"),
    ("app", "ingest", "as above"),
    ("app", "mlflow", "as above"),
    ("app", "params", "as above"),
    ("app", "ui", "as above"),
    ("auth", "app", "a caller is given the app as they may use it"),
    ("auth", "ingest", "the ledger counts requests for ingest that were not let in"),
    ("http", "app", "fields and bodies are read under the limits of the app"),
    ("http", "auth", "memory for bodies is divided among tokens"),
    ("http", "ingest", "a gRPC request that is refused early is answered by a gRPC status"),
];

#[test]
fn imports_point_down_and_areas_never_import_each_other() {
    let graph = Graph::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(300 < graph.imports.len(), "the scanner finds no imports");
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    for (from, to) in &graph.imports {
        let (Some(place), Some(target)) = (layer(from), layer(to)) else {
            wrong.push(format!("`{from}` or `{to}` is in no layer"));
            continue;
        };
        if place.1 == target.1 || target.0 < place.0 {
            continue;
        }
        match RINGS.iter().position(|(a, b, _)| (*a, *b) == (place.1, target.1)) {
            Some(ring) => _ = used.insert(ring),
            None => wrong.push(format!("`{from}` imports `{to}`")),
        }
    }
    let unused = RINGS.iter().enumerate().filter(|(n, _)| !used.contains(n));
    wrong.extend(unused.map(|(_, (from, to, _))| format!("no ring: `{from}` and `{to}`")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The number of a module's layer, and the layer's entry with the longest matching name.
fn layer(module: &str) -> Option<(usize, &'static str)> {
    let names =
        LAYERS.iter().enumerate().flat_map(|(n, names)| names.iter().map(move |it| (n, *it)));
    names.filter(|(_, name)| is_below(module, name)).max_by_key(|(_, name)| name.len())
}

fn is_below(module: &str, name: &str) -> bool {
    module.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

struct Graph {
    /// The imports between modules, except those of `lib.rs`.
    imports: BTreeSet<(String, String)>,
}

impl Graph {
    fn read(src: &Path) -> Self {
        let mut modules = BTreeMap::new();
        collect(src, "", &mut modules);
        let root = modules.remove("").expect("lib.rs");
        let exports: BTreeMap<String, String> =
            used_in("", &root).into_iter().filter_map(|path| Some((last(&path)?, path))).collect();
        let mut imports = BTreeSet::new();
        for (module, text) in &modules {
            for path in used_in(module, text) {
                let first = path.split("::").next().unwrap_or_default();
                let path = match modules.contains_key(first) {
                    true => path,
                    false => exports.get(first).cloned().unwrap_or(path),
                };
                let target = longest_module(&path, &modules);
                imports.extend(target.map(|target| (module.clone(), target)));
            }
        }
        Self { imports }
    }
}

fn last(path: &str) -> Option<String> {
    path.rsplit("::").next().map(str::to_owned)
}

/// The longest prefix of a path that is a module.
fn longest_module(path: &str, modules: &BTreeMap<String, String>) -> Option<String> {
    let mut path = path;
    while !modules.contains_key(path) {
        path = path.rsplit_once("::")?.0;
    }
    Some(path.to_owned())
}

/// Collects the source of each module, without unit tests.
fn collect(folder: &Path, module: &str, modules: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let inner = match (module, name.as_str()) {
            (module, "mod" | "lib") => module.to_owned(),
            ("", name) => name.to_owned(),
            (module, name) => format!("{module}::{name}"),
        };
        if path.is_dir() {
            collect(&path, &inner, modules);
        } else if name != "tests" {
            modules.insert(inner, code(&fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The code without comments and unit tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The absolute paths, without `crate`, of all items of this crate that a module uses.
fn used_in(module: &str, code: &str) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    let starts = |word| code.match_indices(word).map(|(at, _)| at);
    for at in starts("crate::").chain(starts("super::")).chain(starts("self::")) {
        let before = code[..at].chars().next_back();
        if before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':') {
            expand(&tree(&code[at..]), "", &mut paths);
        }
    }
    if module.is_empty() {
        for at in starts("pub use ") {
            expand(&tree(&code[at + "pub use ".len()..]), "", &mut paths);
        }
    }
    paths.into_iter().filter_map(|path| absolute(module, &path)).collect()
}

/// A path including the content of its braces.
fn tree(text: &str) -> String {
    let mut depth = 0;
    let end = text.find(|c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        let in_path = c.is_alphanumeric() || "_:".contains(c);
        let in_braces = 0 < depth || c == '}';
        depth < 0 || !(in_path || in_braces)
    });
    text[..end.unwrap_or(text.len())].split_whitespace().collect::<Vec<_>>().join(" ")
}

fn expand(tree: &str, before: &str, paths: &mut BTreeSet<String>) {
    let Some((path, inner)) = tree.split_once("::{") else {
        let path = tree.split(" as ").next().unwrap_or_default().trim();
        let path = path.strip_suffix("self").unwrap_or(path).trim_matches(':');
        paths.insert(format!("{before}{path}").trim_end_matches(':').to_owned());
        return;
    };
    let inner = inner.trim_end().trim_end_matches('}');
    let inner_full = &tree[path.len() + 3..tree.trim_end().len() - 1];
    debug_assert!(inner_full.starts_with(inner));
    let mut depth = 0;
    let items = inner_full.split(|c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    for item in items.map(str::trim).filter(|item| !item.is_empty()) {
        expand(item, &format!("{before}{path}::"), paths);
    }
}

/// Converts a path to one from the root of the crate.
fn absolute(module: &str, path: &str) -> Option<String> {
    let mut base: Vec<&str> = module.split("::").filter(|part| !part.is_empty()).collect();
    let mut rest: Vec<&str> = path.split("::").collect();
    match *rest.first()? {
        "crate" => {
            base.clear();
            rest.remove(0);
        }
        "self" => _ = rest.remove(0),
        "super" => {
            while rest.first() == Some(&"super") {
                base.pop()?;
                rest.remove(0);
            }
        }
        _ if module.is_empty() => {}
        _ => return None,
    }
    base.extend(rest);
    Some(base.join("::"))
}
