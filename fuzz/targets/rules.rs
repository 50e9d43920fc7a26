#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| payee_fuzz::rules(text));
