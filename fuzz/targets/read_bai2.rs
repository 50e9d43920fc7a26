#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| payee_fuzz::read("01,1,2,250131,1200,1,,,2/\n02,1,2,1,250131,,USD,2/\n", bytes));
