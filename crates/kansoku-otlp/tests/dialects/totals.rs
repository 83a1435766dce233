//! A trace counts each token once, whichever of its spans repeat the counts of others.
use std::collections::BTreeMap;

use kansoku_model::{TokenUsage, trace_total};

use crate::fixture::{self, Fixture};

/// What the model provider counted while a dialect was recorded: tokens in, out, read from
/// the cache, written to it, and thought.
type Counted = [u64; 5];

/// What providers answered to the questions that recorders share.
const WITH_A_TOOL: Counted = [2086, 16, 2048, 0, 0];
const STREAMED: Counted = [1027, 69, 1024, 0, 64];
const EMBEDDED: Counted = [10, 0, 0, 0, 0];
