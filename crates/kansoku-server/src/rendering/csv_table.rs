//! Tables for spreadsheets.
use bytes::Bytes;

/// The rows as CSV.
pub(crate) fn table<R: IntoIterator<Item: AsRef<[u8]>>>(
    rows: impl IntoIterator<Item = R>,
) -> Bytes {
    let mut builder = csv::WriterBuilder::new();
    let mut table = builder.terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        table.write_record(row).expect("rows of one width are written to memory");
    }
    table.into_inner().expect("memory takes what is written").into()
}

/// Spreadsheets interpret cells that begin with certain characters as formulas; an apostrophe
/// prevents that. The numbers in our tables are never negative.
pub(crate) fn without_formula(cell: String) -> String {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        true => format!("'{cell}"),
        false => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_read_as_it_was_and_never_as_a_formula() {
        let cells = ["plain text", "a, \"b\"", "two\nlines"];
        let formulas = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"];
        let row = cells.into_iter().chain(formulas).map(|cell| without_formula(cell.to_owned()));
        let written = table([row.collect::<Vec<_>>()]);
        let mut reader = csv::ReaderBuilder::new();
        let mut read = reader.has_headers(false).from_reader(&written[..]);
        let read: Vec<_> =
            read.records().next().unwrap().unwrap().iter().map(str::to_owned).collect();
        assert_eq!(read[..3], cells);
        assert_eq!(read[3..], formulas.map(|formula| format!("'{formula}")));
        assert!(written.ends_with(b"\r\n"));
    }
}
