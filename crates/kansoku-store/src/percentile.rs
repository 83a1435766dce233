//! Percentiles; one definition for all results.

/// Interpolates linearly between the two nearest ranks, like MLflow and numpy; `None` without
/// values. Reorders `values`.
pub fn percentile(values: &mut [f64], percent: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let at = percent.clamp(0.0, 100.0) / 100.0 * last as f64;
    let below = at.floor();
    let (_, low, above) = values.select_nth_unstable_by(below as usize, f64::total_cmp);
    let low = *low;
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    Some(low + (at - below) * (high - low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_lies_between_its_nearest_ranks() {
        let mut values = [40.0, 10.0, 30.0, 20.0];
        for (percent, expected) in
            [(0.0, 10.0), (25.0, 17.5), (50.0, 25.0), (90.0, 37.0), (100.0, 40.0)]
        {
            assert_eq!(percentile(&mut values, percent), Some(expected), "P{percent}");
        }
        assert_eq!(percentile(&mut [7.0], 99.0), Some(7.0));
        assert_eq!(percentile(&mut [], 50.0), None);
    }
}
