//! Percentiles of all measured times, without buckets or estimates.
use std::time::Duration;

/// The smallest of the sorted times that is at least as large as `share` of them (nearest rank), in
/// milliseconds; `None` if there are no times.
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
