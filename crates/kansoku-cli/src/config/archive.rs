//! The settings of the archive.
use std::time::Duration;

use clap::ValueEnum;
use kansoku_archive::tables::Layout;
use kansoku_archive::{ArchivePlace, ArchiveSettings};

#[derive(Clone, Debug, PartialEq, clap::Args)]
pub(crate) struct ArchiveArgs {
    /// Keep every trace for good in Delta Lake tables at this location: `file:///FOLDER` or
    /// `s3://BUCKET/PREFIX`
    #[arg(long, value_name = "URL")]
    pub archive: Option<ArchivePlace>,

    /// Interval at which traces are written to the archive, such as `10s` or `5m`
    #[arg(long, default_value = "60s", value_name = "TIME", value_parser = interval)]
    pub archive_every: Duration,

    /// Columns of the archive's tables: `v2` stores attributes as VARIANT, as Databricks does; `v1` as
    /// MAP, for readers that do not know VARIANT
    #[arg(long, value_enum, default_value = "v2")]
    pub archive_layout: ArchiveLayout,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ArchiveLayout {
    V1,
    V2,
}

impl ArchiveArgs {
    pub(crate) fn settings(&self) -> ArchiveSettings {
        let layout = match self.archive_layout {
            ArchiveLayout::V1 => Layout::V1,
            ArchiveLayout::V2 => Layout::V2,
        };
        ArchiveSettings { every: self.archive_every, layout, ..ArchiveSettings::default() }
    }
}

const INTERVAL_MAX: Duration = Duration::from_secs(86_400);

fn interval(text: &str) -> Result<Duration, String> {
    let wrong = || "it must be a time from `1s` to `24h`, such as `60s`".to_owned();
    let (number, unit) =
        text.split_at(text.len() - text.chars().next_back().map_or(0, char::len_utf8));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err(wrong()),
    };
    let number: u32 = number.parse().map_err(|_| wrong())?;
    let interval = Duration::from_secs(u64::from(number) * seconds);
    let is_valid = (Duration::from_secs(1)..=INTERVAL_MAX).contains(&interval);
    is_valid.then_some(interval).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_has_a_unit_and_is_at_most_a_day() {
        for (text, seconds) in [("1s", 1), ("60s", 60), ("5m", 300), ("24h", 86_400)] {
            assert_eq!(interval(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in ["", "s", "0s", "60", "-1s", "25h", "1.5m", "1d", "é"] {
            assert!(interval(wrong).is_err(), "{wrong}");
        }
    }
}
