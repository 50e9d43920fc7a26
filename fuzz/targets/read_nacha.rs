#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    payee_fuzz::read("101 12100024812345678902501311200A094101BANK                   COMPANY                        \n", bytes)
});
