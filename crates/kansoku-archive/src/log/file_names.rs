//! The names of the files in `_delta_log/`.

/// Beyond this a version is no number of Delta's (`long`).
const VERSION_MAX: u64 = i64::MAX as u64;
const DIGITS: usize = 20;

pub(super) const HINT: &str = "_last_checkpoint";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LogFileKind {
    Commit,
    /// A checkpoint in one file. Those in several files, and those of version 2, count as others:
    /// nothing here writes them, and a table that needs them is not supported.
    Checkpoint,
    Other,
}

pub(super) fn commit(version: u64) -> String {
    format!("{version:020}.json")
}

pub(super) fn checkpoint(version: u64) -> String {
    format!("{version:020}.checkpoint.parquet")
}

/// A text that sorts before the names of all files of this version, and behind all older ones.
pub(super) fn before(version: u64) -> String {
    format!("{version:020}")
}

/// Names that do not begin with a version, such as temporary files, are none of the log.
pub(super) fn parse(name: &str) -> Option<(u64, LogFileKind)> {
    let (digits, rest) = name.split_at_checked(DIGITS)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !rest.starts_with('.') {
        return None;
    }
    let version = digits.parse().ok().filter(|version| *version <= VERSION_MAX)?;
    let kind = match rest {
        ".json" => LogFileKind::Commit,
        ".checkpoint.parquet" => LogFileKind::Checkpoint,
        _ => LogFileKind::Other,
    };
    Some((version, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parsed_back() {
        assert_eq!(parse(&commit(17)), Some((17, LogFileKind::Commit)));
        assert_eq!(parse(&checkpoint(VERSION_MAX)), Some((VERSION_MAX, LogFileKind::Checkpoint)));
        assert_eq!(parse("00000000000000000017.crc"), Some((17, LogFileKind::Other)));
    }

    #[test]
    fn other_names_are_none_of_the_log() {
        let names = [
            HINT,
            "",
            "17.json",
            "00000000000000000017",
            "00000000000000000017.json#1",
            "0000000000000000001é.json",
            "99999999999999999999.json",
            "09223372036854775808.json",
            ".00000000000000000017.json.tmp",
        ];
        for name in names {
            let kind = parse(name).map(|(_, kind)| kind);
            assert!(matches!(kind, None | Some(LogFileKind::Other)), "{name}");
        }
    }
}
