//! The contents of a library: its sections, and its code by crate according to the symbols.

use crate::steps::read;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// The crates that are listed by name. The others are added up.
const SHOWN: usize = 14;

/// Prints the sections of the stripped library, and the symbols of the unstripped one by crate. If the tools are
/// missing, says so.
pub fn tell(built: &Path, stripped: &Path) {
    match read(Command::new("size").args(["-A", "-d"]).arg(stripped)) {
        Ok(text) => println!("by section (bytes): {}", sections(&text)),
        Err(error) => println!("by section: not known, {error:#}"),
    }
    match read(Command::new("nm").args(["--print-size", "--demangle", "--defined-only"]).arg(built)) {
        Ok(text) => println!("by crate (kB of symbols): {}", crates(&text)),
        Err(error) => println!("by crate: not known, {error:#}"),
    }
}

fn sections(text: &str) -> String {
    let mut found: Vec<(u64, &str)> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let name = words.next().filter(|name| name.starts_with('.'))?;
            Some((words.next()?.parse().ok()?, name))
        })
        .filter(|(size, _)| *size >= 10_000)
        .collect();
    found.sort_unstable_by(|one, other| other.cmp(one));
    found.iter().map(|(size, name)| format!("{name} {size}")).collect::<Vec<_>>().join(", ")
}

fn crates(text: &str) -> String {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for line in text.lines() {
        let mut words = line.splitn(4, ' ');
        let (Some(_), Some(size), Some(kind), Some(name)) = (words.next(), words.next(), words.next(), words.next()) else {
            continue;
        };
        // Zero-initialised data takes no space in the file.
        if let Ok(size) = u64::from_str_radix(size, 16)
            && !kind.eq_ignore_ascii_case("b")
        {
            *sums.entry(owner(name)).or_default() += size;
        }
    }
    let mut sums: Vec<(u64, String)> = sums.into_iter().map(|(name, size)| (size, name)).collect();
    sums.sort_unstable_by(|one, other| other.cmp(one));
    let rest: u64 = sums.iter().skip(SHOWN).map(|(size, _)| size).sum();
    let mut shown: Vec<String> = sums.iter().take(SHOWN).map(|(size, name)| format!("{name} {}", size / 1000)).collect();
    shown.push(format!("others {}", rest / 1000));
    shown.join(", ")
}

/// The crate that a symbol comes from: the first path in its name, which for `<T as Trait>::f` is that of `T`.
fn owner(name: &str) -> String {
    if name.starts_with("ring_core") || name.contains("_ring_core") {
        return "ring".to_owned();
    }
    let name = name.strip_prefix("core::ptr::drop_in_place").unwrap_or(name);
    let start = name.trim_start_matches(['<', '&', '*', '(', '[', '_', ' ']);
    let start = start
        .strip_prefix("mut ")
        .or_else(|| start.strip_prefix("const "))
        .or_else(|| start.strip_prefix("dyn "))
        .unwrap_or(start);
    match start.split_once("::") {
        Some((owner, _)) if owner.chars().all(|c| c.is_alphanumeric() || c == '_') => owner.to_owned(),
        _ => "(no crate's name)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{crates, owner, sections};

    #[test]
    fn a_symbol_belongs_to_a_crate() {
        assert_eq!(owner("tokio::runtime::park"), "tokio");
        assert_eq!(owner("<hyper::body::Incoming as http_body::Body>::poll_frame"), "hyper");
        assert_eq!(owner("core::ptr::drop_in_place<reqwest::Error>"), "reqwest");
        assert_eq!(owner("ring_core_0_17_14__x25519_sc_mask"), "ring");
        assert_eq!(owner("memcpy"), "(no crate's name)");
    }

    #[test]
    fn sizes_are_read_as_the_tools_print_them() {
        assert_eq!(
            sections("section size addr\n.text 20000 4\n.bss 1 2\n.rodata 30000 1\nTotal 50001\n"),
            ".rodata 30000, .text 20000"
        );
        assert_eq!(
            crates("0000 00000000000007d0 t tokio::a\n0000 0000000000000bb8 T h2::b\n0000 00000000000003e8 b h2::zero\n"),
            "h2 3, tokio 2, others 0"
        );
    }
}
