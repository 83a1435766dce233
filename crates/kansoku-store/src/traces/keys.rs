//! Which keys the traces of an experiment have.
use kansoku_model::metadata_key;

/// Keys of the newest traces, the commonest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TraceKeys {
    pub tags: Vec<KeyCount>,
    pub metadata: Vec<KeyCount>,
    pub feedback: Vec<KeyCount>,
    pub expectations: Vec<KeyCount>,
}

impl TraceKeys {
    /// Metadata that is not counted: totals, which traces show whether a client set them or not.
    pub const TOTALS: [&str; 2] = [metadata_key::TOKEN_USAGE, metadata_key::COST];
    /// No more traces are looked at.
    pub const TRACES_MAX: usize = 20_000;
    /// The most keys of each kind.
    pub const KEYS_MAX: usize = 1000;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyCount {
    pub key: String,
    /// Entries of the traces looked at that have it.
    pub count: u64,
    /// Every value is a number; `false` for tags and metadata, which are texts.
    pub is_number: bool,
}
