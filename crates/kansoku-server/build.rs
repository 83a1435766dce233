//! Builds the crate anew when the web UI was built anew: its files go into the binary.
fn main() {
    println!("cargo::rerun-if-changed=../../ui/dist");
}
