//! What the servers of the benchmarks share.

/// Ends the process when its standard input closes.
pub fn end_with_stdin() {
    std::thread::spawn(|| {
        // The parent has exited, so the result does not matter.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        std::process::exit(0);
    });
}
