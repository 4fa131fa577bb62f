//! Takes the Rust blocks out of the README, so that the tests run what it shows.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    const README: &str = "../README.md";
    println!("cargo::rerun-if-changed={README}");
    println!("cargo::rerun-if-changed=build.rs");
    let readme = fs::read_to_string(README)?;
    let mut program = String::new();
    let mut in_block = false;
    for line in readme.lines() {
        match line {
            "```rust" => in_block = true,
            "```" => in_block = false,
            code if in_block => {
                program.push_str(code);
                program.push('\n');
            }
            _ => {}
        }
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    fs::write(out.join("readme.rs"), program)?;
    Ok(())
}
