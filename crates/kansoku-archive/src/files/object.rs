//! An object of a store as the input of a Parquet reader.
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use super::checksums::Checksums;

/// The end of a file is read first, because the footer is there; most fit in this.
const FOOTER_BYTES_GUESS: usize = 64 << 10;

#[derive(Clone, Debug)]
pub(super) struct ObjectReader {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) path: Path,
    pub(super) bytes: u64,
    /// Known after the footer was read.
    pub(super) checksums: Option<Arc<Checksums>>,
}

impl ObjectReader {
    fn blocks(&self, range: &Range<u64>) -> Range<u64> {
        self.checksums.as_ref().map_or_else(|| range.clone(), |sums| sums.blocks(range))
    }

    fn verify(&self, range: &Range<u64>, bytes: Bytes) -> Result<Bytes> {
        match &self.checksums {
            Some(checksums) => checksums.verify(range, bytes),
            None => Ok(bytes),
        }
    }
}

impl AsyncFileReader for ObjectReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes>> {
        async move {
            let blocks = self.blocks(&range);
            let bytes = self.store.get_range(&self.path, blocks).await;
            self.verify(&range, bytes.map_err(wrap_store_error)?)
        }
        .boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>>> {
        async move {
            let blocks: Vec<Range<u64>> = ranges.iter().map(|range| self.blocks(range)).collect();
            let bytes = self.store.get_ranges(&self.path, &blocks).await;
            let bytes = bytes.map_err(wrap_store_error)?.into_iter();
            ranges.iter().zip(bytes).map(|(range, bytes)| self.verify(range, bytes)).collect()
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>>> {
        async move {
            let guess = FOOTER_BYTES_GUESS.min(usize::try_from(self.bytes).unwrap_or(usize::MAX));
            let reader = ParquetMetaDataReader::new()
                .with_arrow_reader_options(options)
                .with_prefetch_hint(Some(guess));
            let bytes = self.bytes;
            Ok(Arc::new(reader.load_and_finish(self, bytes).await?))
        }
        .boxed()
    }
}

fn wrap_store_error(error: object_store::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}
