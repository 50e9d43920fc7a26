#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| payee_fuzz::read(":20:X\n:25:Y\n", bytes));
