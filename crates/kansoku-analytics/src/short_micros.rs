//! Durations of many spans, kept in few bytes.

/// A duration in four bytes: whole microseconds up to 35 minutes, whole milliseconds above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ShortMicros(u32);

impl ShortMicros {
    const IS_MILLIS: u32 = 1 << 31;

    pub(crate) fn new(us: i64) -> Self {
        match u32::try_from(us.max(0)) {
            Ok(us) if us < Self::IS_MILLIS => Self(us),
            _ => {
                let longest = Self::IS_MILLIS - 1;
                let ms = u32::try_from(us / 1000).unwrap_or(longest).min(longest);
                Self(Self::IS_MILLIS | ms)
            }
        }
    }

    pub(crate) fn as_ms(self) -> f64 {
        match self.0 & Self::IS_MILLIS {
            0 => f64::from(self.0) / 1000.0,
            _ => f64::from(self.0 & !Self::IS_MILLIS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ShortMicros;

    #[test]
    fn short_durations_are_exact_and_long_ones_to_the_millisecond() {
        for us in [0, 1, 999, 1_500, 2_147_483_647] {
            assert_eq!(ShortMicros::new(us).as_ms(), us as f64 / 1000.0);
        }
        for us in [2_147_483_648, 86_400_000_123] {
            assert_eq!(ShortMicros::new(us).as_ms(), (us / 1000) as f64);
        }
        assert!(ShortMicros::new(2_147_483_647) < ShortMicros::new(2_147_484_000));
        assert_eq!(ShortMicros::new(i64::MAX).as_ms(), f64::from(u32::MAX >> 1));
        assert_eq!(ShortMicros::new(-5).as_ms(), 0.0);
    }
}
