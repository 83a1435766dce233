//! SQL expression of a span's name in lists, the same as `core::list_bounds::short_name`.
macro_rules! short_name {
    () => {
        "case when length(name) > 1024 then substr(name, 1, 1024) || '…' else name end"
    };
}
pub(crate) use short_name;
