//! The user's own rules: precedence, custom categories, strict reading, `check`, and learning them from corrected history.

use payee::compare::compare;
use payee::eval::Labelled;
use payee::learn::learn;
use payee::{AccountType, Engine, Enriched, Flag, Method, Source, Taxonomy, Transaction, check};

fn source(text: &str) -> Source {
    Source::new("mine.toml", text.to_owned())
}

fn engine(text: &str) -> Engine {
    Engine::builder().source(source(text)).build().unwrap_or_else(|error| panic!("{error}"))
}

fn spent(text: &str, amount: &str) -> Transaction {
    Transaction::new(text).with_signed_amount(format!("-{amount}").parse().unwrap())
}

fn problems(text: &str) -> Vec<String> {
    match Engine::builder().source(source(text)).build() {
        Ok(_) => panic!("faulty rules were taken"),
        Err(error) => error.problems().iter().map(ToString::to_string).collect(),
    }
}

fn findings(text: &str) -> Vec<String> {
    check::check(&engine(text), &[source(text)]).problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_rule_outranks_the_engine_and_is_quoted() {
    let engine = engine(
        r#"
[[rule]]
name = "Landlord"
when.text = "MAPLE COURT"
when.amount = { min = 1400, max = 1500.00 }
then.category = "home.rent"
then.merchant = "Maple Court Apartments"
then.tags = ["home", "shared"]
"#,
    );
    let transaction = spent("ZELLE PAYMENT TO MAPLE COURT APARTMENTS 1029384756", "1450.00");
    let answer = engine.enrich(&transaction);
    assert_eq!(answer.category.path(), "home.rent");
    assert_eq!(answer.description, "Maple Court Apartments");
    assert_eq!(answer.merchant.unwrap().name(), "Maple Court Apartments");
    assert_eq!(answer.counterparties.last().unwrap().name, "Maple Court Apartments");
    assert_eq!((answer.categorized_by, answer.described_by), (Method::UserRule, Method::UserRule));
    assert_eq!(answer.tags, ["home", "shared"]);
    assert_eq!(answer.evidence.rule.unwrap().to_string(), "mine.toml:2");
    assert_eq!(&transaction.original_description[answer.evidence.span.clone().unwrap()], "MAPLE COURT");
    assert!(answer.flags.contains(Flag::Expense) && !answer.flags.contains(Flag::Transfer), "{:?}", answer.flags);

    let told = engine.explain(&transaction).to_string();
    assert!(told.contains("Landlord") && told.contains("mine.toml:2"), "{told}");
    let other =
        engine.enrich(&transaction.clone().with_signed_amount("-20".parse().unwrap())).category.path().to_owned();
    assert_ne!(other, "home.rent");
}

#[test]
fn every_condition_counts() {
    let rule = |when: &str| engine(&format!("[[rule]]\nwhen = {{ {when} }}\nthen.tags = [\"hit\"]\n"));
    let mut transaction = spent("POS DEBIT WHOLEFDS TSQ 102", "42.10");
    transaction.account_id = Some("joint".into());
    transaction.account_type = Some(AccountType::Checking);
    transaction.date = Some("2026-03-05".parse().unwrap());
    transaction.merchant_category_code = Some("5411".parse().unwrap());
    transaction.country = Some("US".parse().unwrap());
    for hit in [
        r#"text = "wholefds tsq""#,
        r#"text = { exact = "pos debit  wholefds tsq 102" }"#,
        r#"text = { prefix = ["CHECK", "POS D"] }"#,
        r#"text = { glob = "*whole*tsq*" }"#,
        r#"text = { regex = 'TSQ\s+\d{3}$' }"#,
        r#"clean = { exact = "Whole Foods Market" }"#,
        r#"clean = "foods""#,
        r#"merchant = "whole foods market""#,
        r#"amount = 42.10"#,
        r#"amount = { max = "42.1" }"#,
        r#"direction = "debit""#,
        r#"account = ["single", "joint"]"#,
        r#"account_type = "checking""#,
        r#"date = { from = 2026-03-05, to = "2026-03-05" }"#,
        r#"mcc = [5411, "0742"]"#,
        r#"country = "US""#,
    ] {
        assert_eq!(rule(hit).enrich(&transaction).tags, ["hit"], "{hit}");
    }
    for miss in [
        r#"text = "WHOLEFD""#,
        r#"text = { exact = "WHOLEFDS" }"#,
        r#"text = { word = "WHOLEFDS", prefix = "WHOLEFDS" }"#,
        r#"text = { glob = "whole*" }"#,
        r#"clean = "wholefds""#,
        r#"merchant = "Trader Joe's""#,
        r#"amount = { min = 42.11 }"#,
        r#"direction = "credit""#,
        r#"account = "single""#,
        r#"account_type = "CREDIT_CARD""#,
        r#"date = { to = 2026-03-04 }"#,
        r#"mcc = 5412"#,
        r#"country = ["DE", "FR"]"#,
        r#"text = "WHOLEFDS", direction = "credit""#,
    ] {
        assert!(rule(miss).enrich(&transaction).tags.is_empty(), "{miss}");
    }
}

#[test]
fn the_more_specific_wins_wherever_it_stands() {
    let rules = [
        "[[rule]]\nwhen.text.exact = 'UBER TRIP'\nthen.tags = ['exact']\n",
        "[[rule]]\nwhen = { text = 'UBER TRIP', amount = { min = 5, max = 10 } }\nthen.tags = ['narrow']\n",
        "[[rule]]\nwhen = { text = 'UBER TRIP', amount = { min = 5 } }\nthen.tags = ['wide']\n",
        "[[rule]]\nwhen.text.prefix = 'UBER TRIP'\nthen.tags = ['prefix']\n",
        "[[rule]]\nwhen.text = 'UBER TRIP'\nthen.tags = ['word']\n",
        "[[rule]]\nwhen.text.glob = '*UBER*TRIP*'\nthen.tags = ['glob']\n",
        "[[rule]]\nwhen = { text = 'UBER', direction = 'debit' }\nthen.tags = ['two']\n",
        "[[rule]]\nwhen.text = 'UBER'\nthen.tags = ['short']\n",
        "[[rule]]\nwhen.merchant = 'Uber'\nthen.tags = ['merchant']\n",
        "[[rule]]\nwhen = { direction = 'debit', amount = { max = 100 } }\nthen.tags = ['none']\n",
    ];
    let forward = engine(&rules.concat());
    let backward = engine(&rules.iter().rev().copied().collect::<String>());
    let transaction = spent("UBER TRIP", "7");
    let tags = ["exact", "narrow", "wide", "prefix", "word", "glob", "two", "short", "merchant", "none"];
    assert_eq!(forward.enrich(&transaction).tags, tags);
    assert_eq!(backward.enrich(&transaction).tags, tags);
}

#[test]
fn fields_are_decided_one_by_one() {
    let engine = engine(
        "[[rule]]\nwhen.text = 'CORNER'\nthen = { category = 'food.groceries', description = 'Shop', flags = { subscription = true } }\n\
         [[rule]]\nwhen.text = 'CORNER SHOP'\nthen = { category = 'home.rent', flags = { subscription = false, fee = true, international = true } }\n",
    );
    let transaction = spent("CORNER SHOP", "7");
    let answer: Enriched<'_> = engine.enrich(&transaction);
    assert_eq!((answer.category.path(), answer.description.as_ref()), ("home.rent", "Shop"));
    assert!(answer.flags.contains(Flag::Fee) && !answer.flags.contains(Flag::Subscription));
    assert_eq!(answer.flags.international, Some(true));
    let explained = engine.explain(&transaction);
    assert_eq!(explained.rules().map(|(_, at)| at.line).collect::<Vec<_>>(), [4, 1]);
    assert!(explained.to_string().contains("category food.groceries: outranked"), "{explained}");
    // What cannot be is not given, whatever a rule says.
    let money_in = Transaction::new("CORNER SHOP").with_signed_amount("7".parse().unwrap());
    let flags = engine.enrich(&money_in).flags;
    assert!(!flags.contains(Flag::Fee) && !flags.contains(Flag::Expense), "{flags:?}");
}

#[test]
fn an_impossible_category_is_passed_over() {
    let rules = "[[rule]]\nwhen.text = 'ACME'\nthen.category = 'income.salary'\n";
    let engine = engine(rules);
    assert_ne!(engine.enrich(&spent("ACME CORP", "7")).category.path(), "income.salary");
    assert!(engine.explain(&spent("ACME CORP", "7")).to_string().contains("cannot be here"));
    let always = "[[rule]]\nwhen = { text = 'ACME', direction = 'debit' }\nthen.category = 'income.salary'\n";
    assert!(findings(always)[0].starts_with("mine.toml:1: no row this rule takes can be `income.salary`"));
}

#[test]
fn own_categories_take_after_their_parents() {
    let engine = engine(
        "[[category]]\npath = 'food.restaurants.canteen'\nname = 'Canteen'\n\
         [[category]]\npath = 'food.restaurants.canteen.snacks'\nname = 'Snacks'\n\
         [[rule]]\nwhen.text = 'EUREST'\nthen.category = 'food.restaurants.canteen.snacks'\n",
    );
    let transaction = spent("EUREST 0042", "6.10");
    let answer = engine.enrich(&transaction);
    let parent = engine.category("food.restaurants").unwrap();
    assert_eq!((answer.category.name(), answer.category.nature()), ("Snacks", parent.nature()));
    for taxonomy in [Taxonomy::Mx, Taxonomy::PlaidV2, Taxonomy::PlaidV1] {
        let direction = transaction.direction;
        assert_eq!(answer.category.project(taxonomy, direction), parent.project(taxonomy, direction));
    }
    assert!(answer.flags.contains(Flag::Expense));
    assert_ne!(engine.fingerprint(), Engine::builtin().fingerprint());
}

#[test]
fn every_problem_is_told_with_line_and_mend() {
    let told = problems(
        "[[category]]\npath = 'food.resturants.mine'\nname = 'Mine'\n\
         [[rule]]\nwhen.txt = 'A'\nthen.category = 'food.grocery'\n\
         [[rule]]\nwhen = { amount = { min = -1, max = 'x' }, direction = 'out' }\nthen = { flags = { fees = true } }\n\
         [[rule]]\nwhen.text.regex = '('\nthen.category = 'Groceries'\n\
         [[rule]]\nwhen.merchant = 'Whole Food Market'\n\
         [[rule]]\nwhen = {}\nthen = { tags = ['a|b'] }\n",
    );
    let expected = [
        "mine.toml:2: `food.resturants` is no category to stand under: did you mean `food.restaurants`?",
        "mine.toml:5: `txt` is no key of `when`: did you mean `text`?",
        "mine.toml:6: `food.grocery` is no path of a category: did you mean `food.groceries`?",
        "mine.toml:8: `out` is not a direction: use debit or credit",
        "mine.toml:8: `x` is not an amount",
        "mine.toml:8: amounts are unsigned",
        "mine.toml:9: `fees` is no key of `flags`: did you mean `fee`?",
        "mine.toml:11: `(` is no regex",
        "mine.toml:12: `Groceries` is no path of a category: did you mean `food.groceries`?",
        "mine.toml:13: `then` is missing",
        "mine.toml:14: `Whole Food Market` is no merchant: did you mean `Whole Foods Market`?",
        "mine.toml:17: `a|b`: a tag holds neither",
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected), "{told}\n{expected}");
    }
    assert!(problems("[[rule]\nx = 1\n[[rule]]\ny = \n")[0].starts_with("mine.toml:1: this is not TOML"));
    assert!(problems("rule = 1\n")[0].starts_with("mine.toml:1: `rule` is a list of tables"));
    assert!(problems("[[rule]]\nwhen = {}\nthen.tags = ['a']\n")[0].contains("without a condition"));
}

#[test]
fn check_tells_conflicts_and_shadowed_rules() {
    let told = findings(
        "[[rule]]\nwhen.text = ['UBER', 'LYFT']\nthen.category = 'transport.taxi'\n\
         [[rule]]\nwhen.text = 'uber'\nthen.category = 'home.rent'\n\
         [[rule]]\nwhen.text = 'CAFE'\nthen.category = 'home.rent'\n\
         [[rule]]\nwhen.text = 'DELI'\nthen.category = 'food.groceries'\n",
    );
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].starts_with("mine.toml:4: this rule never decides anything: mine.toml:1 "), "{}", told[0]);
    let told = findings(
        "[[rule]]\nwhen = { text = 'UBER', amount = { min = 1, max = 5 } }\nthen.category = 'transport.taxi'\n\
         [[rule]]\nwhen = { text = 'UBER', amount = { min = 4, max = 8 } }\nthen.category = 'home.rent'\n\
         [[rule]]\nwhen = { text = 'UBER', amount = { min = 10, max = 14 } }\nthen.category = 'home.rent'\n",
    );
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].contains("equally specific") && told[0].contains("mine.toml:1"), "{}", told[0]);
}

#[test]
fn long_texts_and_stars_cost_no_more() {
    let engine = engine(
        "[[rule]]\nwhen.text.glob = '*a*a*a*a*a*a*b'\nthen.tags = ['glob']\n\
         [[rule]]\nwhen.text.regex = '(a+)+b'\nthen.tags = ['regex']\n\
         [[rule]]\nwhen.text.glob = '***'\nthen.tags = ['all']\n",
    );
    let transaction = Transaction::new("a".repeat(10 << 20));
    assert_eq!(engine.enrich(&transaction).tags, ["all"]);
}

fn labelled(rows: &[(&str, &str, &str)]) -> Vec<Labelled> {
    let row = |(text, amount, label): &(&str, &str, &str)| Labelled {
        transaction: Transaction::new(*text).with_signed_amount(amount.parse().unwrap()),
        categories: vec![(*label).to_owned()],
        count: 1,
        ..Labelled::default()
    };
    rows.iter().map(row).collect()
}

#[test]
fn learned_rules_make_the_history_come_true() {
    let rows = labelled(&[
        ("POS DEBIT WHOLEFDS TSQ 102", "-42.10", "food.restaurants"),
        ("WHOLEFDS MKT 10226 AUSTIN TX", "-12.00", "food.restaurants"),
        ("NETFLIX.COM LOS GATOS CA", "-15.49", "digital"),
        ("ZZYXQ GIBBLE 001", "-10.00", "pets"),
        ("ZZYXQ GIBBLE 002", "-11.00", "pets"),
        ("ZZYXQ GIBBLE 003", "-12.00", "home.rent"),
        ("QVW \"TORTLE\" \\ 9", "-5.00", "travel.lodging"),
        ("QVW \"TORTLE\" \\ 9", "-6.00", "auto.fuel"),
        ("QVW \"TORTLE\" \\ 9", "-6.00", "auto.parking"),
        ("MBLX PRND", "-6.00", "income.salary"),
        ("MBLX PRND", "-6.00", "nothing.such"),
    ]);
    let builder = Engine::builder();
    let lesson = learn(&builder, &rows, Taxonomy::Payee).unwrap();
    assert_eq!(lesson, learn(&builder, &rows, Taxonomy::Payee).unwrap());
    let reasons: Vec<_> = lesson.unmet.iter().map(|unmet| (unmet.row, unmet.reason.as_str())).collect();
    assert_eq!(lesson.rows - lesson.right_after, lesson.unmet.len());
    let ruled = builder.clone().source(source(&lesson.text)).build().unwrap();
    let mut right = 0;
    for (number, row) in rows.iter().enumerate() {
        let path = ruled.enrich(&row.transaction).category.path().to_owned();
        let met = row.categories[0].split('|').any(|label| label == path);
        let excused = lesson.unmet.iter().any(|unmet| unmet.row == number);
        assert!(met || excused || row.categories[0].contains('|'), "{number}: {path}\n{}", lesson.text);
        right += usize::from(met);
    }
    assert!(right >= 7, "{right} {reasons:?}\n{}", lesson.text);
    assert!(lesson.text.contains("when.merchant = \"Whole Foods Market\""), "{}", lesson.text);
    let found = check::check(&ruled, &[source(&lesson.text)]).problems;
    assert!(found.is_empty(), "{found:?}\n{}", lesson.text);
    // Learning again on top of what was learned adds nothing.
    let again = learn(&builder.clone().source(source(&lesson.text)), &rows, Taxonomy::Payee).unwrap();
    assert_eq!(again.rules, 0, "{}", again.text);
}

/// The rules that the documentation shows can be used as they stand.
#[test]
fn documented_rules_are_sound() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut blocks = 0;
    for file in ["README.md", "data/README.md"] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        for block in text.split("```toml\n").skip(1) {
            let block = block.split("```").next().unwrap();
            if block.contains("[[rule]]") {
                blocks += 1;
                assert!(findings(block).is_empty(), "{file}: {:?}", findings(block));
            }
        }
    }
    assert!(blocks >= 2, "{blocks}");
}

#[test]
fn compare_tells_what_changes() {
    let after = engine("[[rule]]\nwhen.text = 'WHOLEFDS'\nthen = { category = 'home.rent', tags = ['odd'] }\n");
    let rows = [spent("NETFLIX.COM", "15.49"), spent("WHOLEFDS TSQ 102", "42.10")];
    let changed = compare(Engine::builtin(), &after, &rows, Taxonomy::Payee);
    assert_eq!(changed.len(), 1);
    assert_eq!((changed[0].row, changed[0].rule.as_deref()), (1, Some("mine.toml:1")));
    let fields: Vec<_> = changed[0].changes.iter().map(|change| change.field).collect();
    assert_eq!(fields, ["category", "category_path", "tags"]);
    assert_eq!(changed[0].changes[1].before, "food.groceries");
    assert!(compare(&after, &after, &rows, Taxonomy::Payee).is_empty());
}

#[cfg(feature = "cli")]
mod commands {
    use std::path::Path;
    use std::process::Command;

    /// Exit code, standard output and standard error of the program, run in a folder.
    fn payee(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_payee")).current_dir(folder).args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("in.csv", "description,amount,label\nWHOLEFDS TSQ 102,-42.10,home.rent\nNETFLIX.COM,-15.49,home.rent\n");
        write("my.toml", "[[rule]]\nwhen.text = 'WHOLEFDS'\nthen.category = 'home.rent'\n");
        write("bad.toml", "[[rule]]\nwhen.text = 'WHOLEFDS'\nthen.category = 'home.rnt'\n");
        folder
    }

    #[test]
    fn a_dry_run_shows_old_and_new() {
        let folder = folder();
        let (code, out, _) = payee(folder.path(), &["rules", "test", "my.toml", "in.csv"]);
        assert_eq!(code, Some(0));
        assert!(out.starts_with("in.csv:2  WHOLEFDS TSQ 102  -42.10\n"), "{out}");
        assert!(out.contains("food.groceries -> home.rent  by my.toml:1"), "{out}");
        assert!(out.ends_with("1 of 2 rows change: category 1, category_path 1\n"), "{out}");
        let (_, same, _) = payee(folder.path(), &["diff", "builtin", "my.toml", "in.csv"]);
        assert_eq!(out, same);
        let (_, json, counts) = payee(folder.path(), &["diff", "my.toml", "builtin", "in.csv", "--json"]);
        let line: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(
            (&line["changes"][1]["after"], line["place"].as_str()),
            (&"food.groceries".into(), Some("in.csv:2"))
        );
        assert!(counts.starts_with("1 of 2 rows change"), "{counts}");
    }

    #[test]
    fn a_bad_file_is_an_error_and_writes_nothing() {
        let folder = folder();
        let (code, out, told) = payee(folder.path(), &["rules", "test", "bad.toml", "in.csv"]);
        assert_eq!((code, out.as_str()), (Some(2), ""));
        assert!(
            told.starts_with("payee: bad.toml:3: `home.rnt` is no path of a category: did you mean `home.rent`?"),
            "{told}"
        );
        let (code, _, _) = payee(folder.path(), &["learn", "in.csv", "--rules", "bad.toml", "-o", "out.toml"]);
        assert_eq!((code, folder.path().join("out.toml").exists()), (Some(2), false));
    }

    #[test]
    fn what_is_learned_comes_true() {
        let folder = folder();
        let (code, _, told) = payee(folder.path(), &["learn", "in.csv", "-o", "out.toml"]);
        assert_eq!(code, Some(0), "{told}");
        assert!(told.starts_with("2 rules from 2 labelled rows: 0 were right, 2 are right"), "{told}");
        let (code, out, _) = payee(folder.path(), &["check", "out.toml"]);
        assert_eq!(code, Some(0), "{out}");
        let (_, out, _) = payee(folder.path(), &["rules", "test", "out.toml", "in.csv"]);
        assert!(out.contains("2 of 2 rows change"), "{out}");
    }
}
