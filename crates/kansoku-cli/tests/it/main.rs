//! Tests of the built binary, and of the structure of the workspace.
#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod archive;
mod binary;
mod connections;
mod data_folder;
mod demo;
mod layering;
mod reprice;
mod retired_words;
mod serve;
