//! `uniffi-bindgen`. A crate of its own: as a feature of the library's, it would build the library a second time.

fn main() {
    uniffi::uniffi_bindgen_main();
}
