//! A span's name in a list, as an SQL expression: what `core::list_bounds::short_name` answers.
macro_rules! short_name {
    () => {
        "case when length(name) > 1024 then substr(name, 1, 1024) || '…' else name end"
    };
}
pub(crate) use short_name;
