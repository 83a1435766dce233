//! Logarithms of factorials, for probabilities of counts that would overflow.

/// `ln(n!)` for each `n` up to a maximum.
pub(crate) struct LnFactorials(Vec<f64>);

impl LnFactorials {
    pub(crate) fn up_to(max: u64) -> Self {
        let mut sum = 0.0;
        let next = |n: u64| {
            sum += (n.max(1) as f64).ln();
            sum
        };
        Self((0..=max).map(next).collect())
    }

    /// The logarithm of the number of choices of `k` among `n` things.
    pub(crate) fn ln_choose(&self, n: u64, k: u64) -> f64 {
        let ln = |n: u64| self.0.get(n as usize).copied().unwrap_or(f64::NAN);
        ln(n) - ln(k) - ln(n.saturating_sub(k))
    }
}
