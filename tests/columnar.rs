//! Parquet and Arrow from the command line, there and back.

use std::fs;
use std::path::Path;
use std::process::Command;

fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_payee")).current_dir(folder).args(arguments).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {told}");
    told
}

#[test]
fn what_is_written_is_read_again_over_several_batches() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = String::from("id,date,amount,description\n");
    for number in 0..66_000 {
        rows.push_str(&format!("{number},2025-01-{:02},-{number}.25,NETFLIX.COM\n", number % 28 + 1));
    }
    fs::write(folder.path().join("in.csv"), rows).unwrap();
    let columns = "id,date,amount,type,original_description,category_path,is_expense";
    let enrich = |input: &str, output: &str| {
        run(folder.path(), &["enrich", input, "--no-recurring", "--columns", columns, "-o", output])
    };
    enrich("in.csv", "direct.csv");
    for form in ["parquet", "arrow"] {
        let file = format!("out.{form}");
        enrich("in.csv", &file);
        let told = enrich(&file, "back.csv");
        assert!(told.contains("66000 rows in = 66000 out + 0 rejected"), "{told}");
        let [direct, back] = ["direct.csv", "back.csv"].map(|name| fs::read(folder.path().join(name)).unwrap());
        assert!(direct == back, "{form}");
    }
}

#[test]
fn the_inputs_own_columns_and_masked_numbers_go_along() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "date,amount,description,note\n2025-01-02,-5.00,CARD 4111 1111 1111 1111 SHOP,mine\n";
    fs::write(folder.path().join("in.csv"), rows).unwrap();
    run(folder.path(), &["enrich", "in.csv", "--keep-input", "--redact", "-o", "out.parquet"]);
    let bytes = fs::read(folder.path().join("out.parquet")).unwrap();
    let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    assert!(holds(b"input.note") && holds(b"mine") && !holds(b"4111 1111 1111"));
}
