//! The paths of data files, as the log has them: relative to the table's folder, percent-encoded.
//!
//! The caller reads and deletes files by these paths, so a commit of another writer must not be able
//! to name a file outside of the table, or one of its log.
use object_store::path::Path;

use super::error::Rejection;
use super::folder::FOLDER;

pub(super) const PATH_BYTES_MAX: usize = 1024;

/// The path of a data file, relative to the table's folder.
pub(super) fn relative(path: &str) -> Result<Path, Rejection> {
    if PATH_BYTES_MAX < path.len() {
        let reason = format!("a path of a file has more than {PATH_BYTES_MAX} bytes");
        return Err(Rejection::Malformed(reason));
    }
    if path.starts_with('/') || path.split('/').next().is_some_and(|first| first.contains(':')) {
        let feature = format!("the file `{path}` outside of the table's folder");
        return Err(Rejection::Unsupported(feature));
    }
    let malformed = || Rejection::Malformed(format!("`{path}` is no path of a data file"));
    let relative = Path::from_url_path(path).map_err(|_| malformed())?;
    let first = relative.parts().next().ok_or_else(malformed)?;
    if first.as_ref() == FOLDER || path.ends_with('/') {
        return Err(malformed());
    }
    Ok(relative)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_below_the_folder_are_decoded() {
        assert_eq!(relative("a%20b/c.parquet").unwrap().as_ref(), "a b/c.parquet");
    }

    #[test]
    fn no_path_leaves_the_folder_or_is_part_of_the_log() {
        let paths = [
            "",
            "/",
            "a/",
            "../a",
            "a/../../b",
            "%2E%2E/b",
            "a//b",
            "./a",
            "/etc/passwd",
            "%FF",
            "s3://bucket/a",
            "file:/a",
            "_delta_log",
            "_delta_log/a",
            "%5Fdelta_log/a",
        ];
        for path in paths {
            assert!(relative(path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_path_has_a_longest_length() {
        assert!(relative(&"a".repeat(PATH_BYTES_MAX)).is_ok());
        assert!(relative(&"a".repeat(PATH_BYTES_MAX + 1)).is_err());
    }
}
