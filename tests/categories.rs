//! Categories: what cannot be is never answered, and the order of the evidence.

use payee::{AccountType, Direction, Engine, Method, Source, Transaction};

const ACCOUNTS: [(AccountType, &str); 5] = [
    (AccountType::Checking, "deposit"),
    (AccountType::Savings, "deposit"),
    (AccountType::CreditCard, "card"),
    (AccountType::Mortgage, "debt"),
    (AccountType::Investment, "investment"),
];

/// A made-up name of letters only.
fn name(mut number: usize) -> String {
    let mut name = String::from("QZVX");
    for _ in 0..3 {
        name.push((b'A' + (number % 26) as u8) as char);
        number /= 26;
    }
    name
}

fn within(category: &str, parent: &str) -> bool {
    category.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Even the user's own merchant of every category gives no answer that the table forbids.
#[test]
fn impossible_answers_do_not_occur() {
    let table = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/data/compatibility.csv")).unwrap();
    let rules: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.starts_with("category,"))
        .map(|line| line.splitn(4, ',').collect())
        .collect();
    let paths: Vec<&str> = Engine::builtin().categories().iter().map(payee::Category::path).collect();
    let mut own = String::from("name,category\n");
    paths.iter().enumerate().for_each(|(number, path)| own.push_str(&format!("{},{path}\n", name(number))));
    let engine = Engine::builder().source(Source::new("own.csv", own)).build().unwrap();
    let (mut ran, mut kept) = (0, 0);
    for (number, path) in paths.iter().enumerate() {
        for (direction, word) in [(Direction::Debit, "debit"), (Direction::Credit, "credit")] {
            for (account, class) in ACCOUNTS {
                let mut transaction = Transaction::new(name(number));
                transaction.direction = Some(direction);
                transaction.account_type = Some(account);
                let answer = engine.enrich(&transaction).category.path();
                let forbidden = |answer: &str| {
                    let holds = |cell: &str, value: &str| cell.is_empty() || cell == value;
                    rules.iter().any(|rule| within(answer, rule[0]) && holds(rule[1], word) && holds(rule[2], class))
                };
                assert!(!forbidden(answer), "{answer} for {path}, {word}, {class}");
                ran += 1;
                kept += usize::from(answer == *path);
            }
        }
    }
    assert!(ran >= 2_500, "only {ran} cases ran");
    assert!(kept * 10 > ran * 7, "only {kept} of {ran} kept their category");
}

#[test]
fn the_users_own_merchant_outranks_everything() {
    let own = Source::new("own.csv", "name,category\nPizza Dental,pets.vet\n");
    let engine = Engine::builder().source(own).build().unwrap();
    let transaction = Transaction::new("PIZZA DENTAL");
    let answer = engine.enrich(&transaction);
    assert_eq!((answer.category.path(), answer.categorized_by), ("pets.vet", Method::Merchant));
    assert!(answer.confidence > 0.95, "{}", answer.confidence);
}

#[test]
fn probabilities_are_probabilities() {
    for text in ["JOES PIZZA", "QQQQ", "", "ATM WITHDRAWAL 001234", "PIZZA DENTAL PLUMBING PHARMACY", "NETFLIX.COM"] {
        let transaction = Transaction::new(text);
        let explanation = Engine::builtin().explain(&transaction);
        for (path, probability, ..) in explanation.proposals() {
            assert!((0.0..=1.0).contains(&probability), "{text}: {path} {probability}");
        }
    }
}

/// Below the least confidence nothing is given, and the guesses stay visible.
#[test]
fn doubtful_answers_are_withheld_but_told() {
    let engine = Engine::builder().least_confidence(1.0).build().unwrap();
    let transaction = Transaction::new("LUIGIS PIZZA PALACE");
    let explanation = engine.explain(&transaction);
    assert_eq!(explanation.enriched.categorized_by, Method::Fallback);
    assert!(explanation.proposals().count() > 1);
}

#[test]
fn a_faulty_calibration_is_refused() {
    let built = Engine::builder().calibration(String::from("ground,weight,slope\nluck,1,1\n")).build();
    let Err(error) = built else { panic!("a faulty table was taken") };
    assert!(error.to_string().contains("`luck` is no ground"), "{error}");
}

/// What the second line says is evidence, and so is the institution's word for the booking; what stands in the description
/// outranks a mere word for the booking.
#[test]
fn the_second_line_tells_what_for() {
    let answer = |description: &str, memo: Option<&str>, kind: Option<&str>, amount: i64| {
        let mut transaction = Transaction::new(description).with_signed_amount(amount.into());
        transaction.memo = memo.map(str::to_owned);
        transaction.extended_transaction_type = kind.map(str::to_owned);
        let answer = Engine::builtin().enrich(&transaction);
        (answer.category.path().to_owned(), answer.flags.contains(payee::Flag::DirectDeposit))
    };
    assert_eq!(answer("QZVX HOLDING", Some("SALARY JANUARY"), None, 2500), ("income.salary".into(), true));
    assert_eq!(answer("QZVX HOLDING", None, Some("DIRECTDEP"), 2500), ("income.salary".into(), true));
    assert_eq!(answer("QZVX HAUSVERWALTUNG", Some("MIETE MAERZ"), None, -800).0, "home.rent");
    assert_eq!(answer("QZVX", Some("DENTAL CLINIC INVOICE"), None, -80).0, "health.dentist");
    assert_eq!(answer("CARD PURCHASE", Some("TRADER JOE S #123 SEATTLE WA"), None, -31).0, "food.groceries");
    let mut transaction = Transaction::new("CARD PURCHASE");
    transaction.memo = Some("BELMORA PIZZERIA".into());
    assert_eq!(Engine::builtin().enrich(&transaction).description, "Belmora Pizzeria");
    assert_eq!(answer("TRADER JOE S #123 SEATTLE WA", None, Some("XFER"), -31).0, "food.groceries");
}

/// A code that outranks the kind of merchant decides; any other yields to a merchant written by hand.
#[test]
fn the_data_say_whether_a_code_outranks_the_merchant() {
    let engine = Engine::builtin();
    for (text, mcc, category, method) in [
        ("TESCO", "5541", "auto.fuel", Method::Mcc),
        ("TESCO", "5411", "food.groceries", Method::Merchant),
        ("NETFLIX.COM", "5942", "entertainment.streaming", Method::Merchant),
    ] {
        let mut transaction = Transaction::new(text);
        transaction.direction = Some(Direction::Debit);
        transaction.merchant_category_code = Some(mcc.parse().unwrap());
        let answer = engine.enrich(&transaction);
        assert_eq!((answer.category.path(), answer.categorized_by), (category, method), "{text} {mcc}");
    }
}

/// Where no category is likely enough but its kind is, the category above is the answer.
#[test]
fn the_category_above_is_given_where_only_the_kind_is_likely() {
    // Two trades of one kind contradict each other.
    let text = "QZVX SUSHI BAKERY";
    let transaction = Transaction::new(text);
    let sure = Engine::builder().build().unwrap();
    let best = sure.explain(&transaction).proposals().map(|(_, probability, ..)| probability).fold(0.0, f32::max);
    let strict = Engine::builder().least_confidence((best + 0.01).min(1.0)).build().unwrap();
    let answer = strict.enrich(&transaction);
    assert_eq!(answer.category.path(), "food", "the best alone has {best}");
    assert!(answer.confidence > best && answer.confidence <= 1.0, "{}", answer.confidence);
}

#[test]
fn keywords_and_model_can_be_left_out() {
    let engine = Engine::builder().without_keywords().model(Vec::new()).build().unwrap();
    let transaction = Transaction::new("QZVX PIZZERIA");
    let explanation = engine.explain(&transaction);
    let methods: Vec<Method> = explanation.proposals().map(|(_, _, method, _)| method).collect();
    assert_eq!(methods, [Method::Fallback]);
}
