//! So that a new revision is noticed by the next build.

fn main() {
    println!("cargo::rerun-if-changed=versions");
}
