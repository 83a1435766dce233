//! Which tables can be written here: the versions and features of Delta's protocol.
//!
//! A feature that is not named here may change what any action means, so nothing is guessed.
use serde_json::Value;

use super::actions::{Metadata, Protocol};
use super::error::Rejection;

const READER_FEATURES: [&str; 1] = ["variantType"];
const WRITER_FEATURES: [&str; 3] = ["variantType", "domainMetadata", "clustering"];
/// The only domain whose metadata is understood.
pub(super) const CLUSTERING: &str = "delta.clustering";

/// The lowest protocol with which a new table can be read and written.
pub(super) fn required(has_variant: bool, is_clustered: bool) -> Protocol {
    let mut writer_features = Vec::new();
    if has_variant {
        writer_features.push("variantType".to_owned());
    }
    if is_clustered {
        writer_features.extend(["domainMetadata".to_owned(), "clustering".to_owned()]);
    }
    Protocol {
        min_reader_version: if has_variant { 3 } else { 1 },
        min_writer_version: 7,
        reader_features: has_variant.then(|| vec!["variantType".to_owned()]),
        writer_features: Some(writer_features),
    }
}

pub(super) fn check(protocol: &Protocol) -> Result<(), Rejection> {
    let Protocol { min_reader_version, min_writer_version, .. } = protocol;
    if !matches!(min_reader_version, 1 | 3) {
        return Err(Rejection::Unsupported(format!("the reader version {min_reader_version}")));
    }
    if *min_writer_version != 7 {
        return Err(Rejection::Unsupported(format!("the writer version {min_writer_version}")));
    }
    let unknown = |features: &Option<Vec<String>>, known: &[&str]| {
        features.iter().flatten().find(|name| !known.contains(&name.as_str())).cloned()
    };
    let unknown = unknown(&protocol.reader_features, &READER_FEATURES)
        .or_else(|| unknown(&protocol.writer_features, &WRITER_FEATURES));
    match unknown {
        Some(name) => Err(Rejection::Unsupported(format!("the feature `{name}`"))),
        None => Ok(()),
    }
}

pub(super) fn check_metadata(metadata: &Metadata) -> Result<(), Rejection> {
    if metadata.format.provider != "parquet" {
        return Err(Rejection::Unsupported("data files that are not Parquet".to_owned()));
    }
    if !metadata.partition_columns.is_empty() {
        return Err(Rejection::Unsupported("partition columns".to_owned()));
    }
    Ok(())
}

/// Whether two schemas are equal, however their JSON is written.
pub(super) fn is_same_schema(one: &str, other: &str) -> bool {
    let parse = |text| serde_json::from_str::<Value>(text).ok();
    one == other || parse(one).is_some_and(|one| parse(other) == Some(one))
}
