//! Random names for runs that have none: `adjective-noun-number`.
use rand::seq::IndexedRandom;

const ADJECTIVES: [&str; 32] = [
    "amber", "brave", "calm", "clear", "coral", "crisp", "deep", "early", "fair", "gentle",
    "golden", "honest", "humble", "ivory", "jolly", "keen", "light", "lively", "lucid", "mellow",
    "nimble", "patient", "plain", "quick", "quiet", "rapid", "silver", "steady", "sunny", "vivid",
    "warm", "wise",
];

const NOUNS: [&str; 32] = [
    "badger", "beetle", "bison", "crane", "cricket", "dolphin", "egret", "falcon", "finch", "fox",
    "gecko", "heron", "ibex", "jackdaw", "kestrel", "lark", "lynx", "marten", "newt", "otter",
    "owl", "petrel", "quail", "raven", "robin", "salmon", "seal", "swift", "tern", "vole",
    "walrus", "wren",
];

pub(crate) fn random_run_name() -> String {
    let mut rng = rand::rng();
    let adjective = ADJECTIVES.choose(&mut rng).expect("the list has words");
    let noun = NOUNS.choose(&mut rng).expect("the list has words");
    format!("{adjective}-{noun}-{}", rand::random_range(100..1000))
}
