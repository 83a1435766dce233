//! Percentiles of times that were all kept: no buckets, no estimates.
use std::time::Duration;

/// The value below which `share` of the sorted times lie (nearest rank), in milliseconds.
pub(crate) fn percentile_ms(sorted: &[Duration], share: f64) -> Option<f64> {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    let time = sorted.get(rank.saturating_sub(1))?;
    Some((time.as_secs_f64() * 1e6).round() / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let times: Vec<_> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(percentile_ms(&times, 0.5), Some(50.0));
        assert_eq!(percentile_ms(&times, 0.99), Some(99.0));
        assert_eq!(percentile_ms(&times, 1.0), Some(100.0));
        assert_eq!(percentile_ms(&times[..1], 0.5), Some(1.0));
        assert_eq!(percentile_ms(&[], 0.5), None);
    }
}
