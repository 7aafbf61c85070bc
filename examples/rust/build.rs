//! Writes the Rust snippets of the documents as functions, which `tests/snippets.rs` runs.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut documents: Vec<PathBuf> = vec![root.join("README.md"), root.join("docs/README.md")];
    for entry in fs::read_dir(root.join("docs/guides"))? {
        documents.push(entry?.path());
    }
    documents.sort();
    println!("cargo:rerun-if-changed={}", root.join("docs/guides").display());
    let (mut functions, mut arms, mut names) = (String::new(), String::new(), String::new());
    let mut count = 0;
    for document in documents {
        println!("cargo:rerun-if-changed={}", document.display());
        let text = fs::read_to_string(&document)?;
        let name = document.file_name().unwrap_or_default().to_string_lossy();
        // A block ends at the next fence.
        for (number, block) in text.split("\n```rust\n").skip(1).enumerate() {
            let code = block.split("\n```").next().unwrap_or_default();
            functions += &format!("async fn snippet_{count}() -> anyhow::Result<()> {{\n{code}\nOk(())\n}}\n");
            arms += &format!("{count} => snippet_{count}().await,\n");
            names += &format!("\"{name}, snippet {}\",\n", number + 1);
            count += 1;
        }
    }
    let run = format!(
        "async fn run(number: usize) -> anyhow::Result<()> {{\nmatch number {{\n{arms}_ => anyhow::bail!(\"no snippet {{number}}\"),\n}}\n}}\n"
    );
    let output = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("snippets.rs");
    fs::write(output, format!("{functions}{run}const SNIPPETS: &[&str] = &[\n{names}];\n"))
}
