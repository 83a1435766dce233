//! The keys of tags, metadata and assessments that the traces of an experiment have.
use kansoku_model::metadata_key;

/// The keys of the newest traces, most frequent first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceKeys {
    pub tags: Vec<KeyCount>,
    pub metadata: Vec<KeyCount>,
    pub feedback: Vec<KeyCount>,
    pub expectations: Vec<KeyCount>,
}

impl TraceKeys {
    /// Metadata keys that are not counted: traces show totals whether or not a client set them.
    pub const TOTALS: [&str; 2] = [metadata_key::TOKEN_USAGE, metadata_key::COST];
    /// The most traces whose keys are counted.
    pub const TRACES_MAX: usize = 20_000;
    /// The most keys of each kind.
    pub const KEYS_MAX: usize = 1000;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyCount {
    pub key: String,
    /// The number of entries with this key among the counted traces.
    pub count: u64,
    /// Whether every value is a number; `false` for tags and metadata, which are texts.
    pub is_number: bool,
}
