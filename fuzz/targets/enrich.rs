#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| payee_fuzz::enrich(bytes));
