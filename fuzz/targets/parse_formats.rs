#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = payee::io::parse_formats("fuzz.toml", text);
});
