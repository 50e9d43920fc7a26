//! Properties of reading any text: it never panics, a second reading changes nothing, and nothing grows without bound.

use payee::text::Text;
use payee::{Engine, Transaction};
use proptest::prelude::*;

/// The description that the engine gives a text.
fn described(text: &str, amount: i64) -> String {
    let transaction = Transaction::new(text).with_signed_amount(amount.into());
    Engine::builtin().enrich(&transaction).description.into_owned()
}

/// Pieces of descriptors, so that random texts reach the phrases.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "POS DEBIT",
            "SQ *",
            "UPI/",
            "ZELLE TO",
            "CHECKCARD 0312",
            "DD",
            "/TRTP/",
            "EREF+",
            "SVWZ+",
            "IBAN",
            "@YBL",
            "SEPA",
            "AUSTIN TX",
            "LONDON",
            "SAN FRANCISCOCA",
            "USA",
            "GBR",
            "NW11",
            "12/03/24",
            "14:05",
            "XXXX1234",
            "#0123",
            "4.50 EUR",
            "415-555-0100",
            "J SMITH",
            "RENT",
            "WIRE TYPE:",
            "ID:",
            "REF",
            "LTD",
            "CORNER",
            "BÄCKEREI",
            "L'ÉTOILE",
        ])
        .prop_map(str::to_owned),
        "[A-Z]{1,9}",
        "[0-9]{1,20}",
        "\\PC{0,6}",
    ]
}

/// Pieces in the letters of statements; what stands for two signs at once, such as a fraction, is no letter.
fn written() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => piece().prop_filter("letters of statements", |piece| piece.is_ascii() || !piece.contains(|sign: char| !sign.is_ascii() && !"ÄÉ".contains(sign))),
        1 => "[A-ZÀ-ÖØ-Þß-öø-ÿŁłŐőŞşĞğŠšŽžČčΑ-Ωα-ωА-Яа-я一-鿿가-힣 ]{0,8}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Any bytes, however wrong, are read: broken UTF-8 as readers hand it on. What is written of them can be printed.
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..200), amount in -100..100_i64) {
        let description = described(&String::from_utf8_lossy(&bytes), amount);
        prop_assert!(!description.contains(char::is_control), "{description:?}");
    }

    /// A description is at most three times as long as what it comes from, and a hundred bytes.
    #[test]
    fn nothing_grows_without_bound(pieces in prop::collection::vec(piece(), 0..12), gap in "[ ]{1,3}|/|-", amount in -100..100_i64) {
        let text = pieces.join(&gap);
        let found = described(&text, amount);
        prop_assert!(found.len() <= 3 * text.len() + 100, "{} bytes of {}: {found}", found.len(), text.len());
    }

    /// The normalised text is its own normalised text, in the scripts that statements are written in.
    #[test]
    fn normalising_twice_changes_nothing(pieces in prop::collection::vec(written(), 0..12), gap in "[ ]{1,3}|/|-") {
        let once = Text::of(&pieces.join(&gap)).spaced().to_owned();
        let twice = Text::of(&once);
        prop_assert_eq!(twice.spaced(), once.as_str());
    }

    /// What is left of a name has nothing more to take off.
    #[test]
    fn cleaning_twice_changes_nothing(
        wrapping in prop::sample::select(vec!["", "POS DEBIT VISA CHECK CARD 1234 ", "CHECKCARD 0312 ", "PURCHASE AUTHORIZED ON 03/12 "]),
        first in prop::sample::select(vec!["HARBOR", "COPPER", "LINDEN", "GRANITE", "O'MALLEY", "MCALLISTER", "ÉTOILE"]),
        second in prop::sample::select(vec!["BOOKS", "KETTLE", "CYCLES", "YOGA STUDIO", "& SONS", "NAILS"]),
        tail in prop::sample::select(vec!["", " #0123", " AUSTIN TX", " 415-555-0100 CA", " SAN FRANCISCOCA", " 0042 PORTLAND OR"]),
    ) {
        let once = described(&format!("{wrapping}{first} {second}{tail}"), -10);
        prop_assert_eq!(described(&once, -10), once);
    }
}
