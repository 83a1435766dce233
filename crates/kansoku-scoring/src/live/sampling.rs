//! Which traces and sessions a scorer assesses: MLflow's rule, so that both choose the same.
//!
//! Scorers are sorted by rate, highest first. Each is chosen with its rate, given that the one before
//! it was chosen: a trace that a scorer assesses is also assessed by those with a higher rate.
use sha2::{Digest as _, Sha256};

/// A scorer that may be chosen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) name: &'a str,
    /// From 0 to 1.
    pub(crate) sample_rate: f64,
}

/// The positions of the candidates that assess a trace or session, highest rate first.
pub(crate) fn sample(entity: &str, candidates: &[Candidate<'_>]) -> Vec<usize> {
    let mut by_rate: Vec<usize> = (0..candidates.len()).collect();
    by_rate.sort_by(|a, b| candidates[*b].sample_rate.total_cmp(&candidates[*a].sample_rate));
    let mut rate_before = 1.0;
    let mut chosen = Vec::new();
    for position in by_rate {
        let Candidate { name, sample_rate } = candidates[position];
        let conditional = if 0.0 < rate_before { sample_rate / rate_before } else { 0.0 };
        if conditional < hash_fraction(entity, name) {
            break;
        }
        chosen.push(position);
        rate_before = sample_rate;
    }
    chosen
}

/// The SHA-256 of both as a fraction of its range. Only the first 16 bytes count: a `f64` has no more
/// than 53 bits.
pub(super) fn hash_fraction(entity: &str, scorer: &str) -> f64 {
    let digest = Sha256::digest(format!("{entity}:{scorer}").as_bytes());
    let (first, _) = digest.as_slice().split_first_chunk::<16>().expect("a digest has 32 bytes");
    u128::from_be_bytes(*first) as f64 / 2f64.powi(128)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(entity: &str, rates: &[(&'static str, f64)]) -> Vec<&'static str> {
        let candidates = |(name, sample_rate): &(&'static str, f64)| Candidate {
            name,
            sample_rate: *sample_rate,
        };
        let list: Vec<_> = rates.iter().map(candidates).collect();
        sample(entity, &list).into_iter().map(|position| rates[position].0).collect()
    }

    /// Computed with `OnlineScorerSampler` of MLflow 3.17.2.
    #[test]
    fn the_same_traces_are_chosen_as_by_mlflow() {
        let rates = [("quarter", 0.25), ("half", 0.5), ("all", 1.0)];
        let by_trace = (0..12).map(|n| chosen(&format!("tr-{n}"), &rates).len());
        assert_eq!(by_trace.collect::<Vec<_>>(), EXPECTED);
    }

    const EXPECTED: [usize; 12] = [3, 1, 1, 3, 1, 2, 1, 3, 2, 3, 1, 3];

    #[test]
    fn a_trace_of_a_lower_rate_is_one_of_the_higher_too() {
        let rates = [("a", 0.1), ("b", 0.7), ("c", 0.4)];
        let mut counts = [0; 3];
        for n in 0..4000 {
            let names = chosen(&format!("tr-{n}"), &rates);
            assert_eq!(names, ["b", "c", "a"][..names.len()]);
            (0..names.len()).for_each(|at| counts[at] += 1);
        }
        for (count, rate) in counts.into_iter().zip([0.7, 0.4, 0.1]) {
            let share = f64::from(count) / 4000.0;
            assert!((share - rate).abs() < 0.03, "{share} instead of {rate}");
        }
    }

    #[test]
    fn a_rate_of_one_chooses_all_and_of_zero_none() {
        for n in 0..100 {
            let entity = format!("s-{n}");
            assert_eq!(chosen(&entity, &[("none", 0.0), ("all", 1.0)]), ["all"]);
        }
        assert!(chosen("tr-1", &[]).is_empty());
    }
}
