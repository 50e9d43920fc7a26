use super::*;

fn read_with(text: &str, options: ReadOptions) -> (Vec<Transaction>, Vec<Reject>, Report) {
    let mut reader = Reader::open(&[Input::Bytes("t".into(), text.as_bytes().into())], options).unwrap();
    let (mut rows, mut rejects) = (Vec::new(), Vec::new());
    let mut batch = Batch::default();
    while reader.next_batch(&mut batch).unwrap() {
        rows.append(&mut batch.transactions.clone());
        rejects.append(&mut batch.rejects.clone());
    }
    (rows, rejects, reader.report().clone())
}

fn read(text: &str) -> (Vec<Transaction>, Vec<Reject>, Report) {
    read_with(text, ReadOptions::default())
}

fn refused(text: &str) -> String {
    let inputs = [Input::Bytes("t".into(), text.as_bytes().into())];
    Reader::open(&inputs, ReadOptions::default()).err().expect("must be refused").to_string()
}

#[test]
fn numbers_are_masked_in_messages() {
    assert_eq!(masked("DE89 3704 0044 0532 0130 00"), "XXXX XXXX XXXX XXXX XX30 00");
    assert_eq!(masked("4111-1111-1111-1111"), "XXXX-XXXX-XXXX-1111");
    assert_eq!(masked("12/31/2025"), "12/31/2025");
    assert_eq!(masked("12345678"), "XXXX5678");
    assert_eq!(masked("1234567"), "1234567");
}

#[test]
fn our_own_columns_in_any_order_and_spelling() {
    let text = "amount,original_description,type,date,check_number_string,mcc,extra\n\
                42.10,WHOLEFDS TSQ 102,DEBIT,2025-01-31,0042,5411,x\n\
                -5,\"A, B\",,2025-02-01T10:00:00Z,,,\n";
    let (rows, rejects, report) = read(text);
    assert!(rejects.is_empty(), "{rejects:?}");
    assert_eq!(report.files[0].format, "payee");
    assert_eq!(rows[0].amount, Some("42.10".parse().unwrap()));
    assert_eq!(rows[0].check_number_string.as_deref(), Some("0042"));
    assert_eq!(rows[0].merchant_category_code.map(|mcc| mcc.get()), Some(5411));
    assert_eq!(rows[1].original_description, "A, B");
    assert_eq!(rows[1].direction, Some(crate::Direction::Debit));
    assert_eq!(rows[1].transacted_at.map(|at| at.to_string()).as_deref(), Some("2025-02-01T10:00:00"));
}

#[test]
fn bad_rows_are_told_with_line_column_and_what_to_do() {
    let text = "id,date,amount,description\n\
                1,2025-13-01,5,X\n\
                2,2025-01-01,five,X\n\
                3,2025-01-01,5\n\
                4,2025-01-01,5,X,Y\n\
                5,2025-01-01,DE89370400440532013000,X\n\
                6,2025-01-01,5,fine\n";
    let (rows, rejects, report) = read(text);
    assert_eq!((rows.len(), rejects.len(), report.rows, report.rejected), (1, 5, 6, 5));
    let reasons: Vec<_> = rejects.iter().map(|reject| format!("{}: {}", reject.line, reject.reason)).collect();
    assert!(reasons[0].starts_with("2: date: `2025-13-01` is not a date"), "{reasons:?}");
    assert!(reasons[1].starts_with("3: amount: `five` is not an amount"), "{reasons:?}");
    assert!(reasons[2].starts_with("4: 3 cells where the table has 4"), "{reasons:?}");
    assert!(reasons[3].contains("quote a cell"), "{reasons:?}");
    assert!(!reasons[4].contains("0440532013") && reasons[4].contains("3000"), "{reasons:?}");
    assert_eq!(rejects[4].raw, b"5,2025-01-01,DE89370400440532013000,X");
}

#[test]
fn what_is_no_table_of_transactions_is_refused_with_a_way_out() {
    assert!(refused("").contains("empty"));
    assert!(refused("id,amount\n1,2\n").contains("--map description="));
    let undecided = refused("date,amount,description\n01/02/2025,5,X\n03/04/2025,6,Y\n");
    assert!(undecided.contains("t:2") && undecided.contains("--date-order dmy"), "{undecided}");
    let mixed = refused("date,amount,description\n25/02/2025,5,X\n03/14/2025,6,Y\n");
    assert!(mixed.contains("line 3"), "{mixed}");
}

#[test]
fn day_and_month_are_decided_over_the_whole_file() {
    let mut text = String::from("date,amount,description\n");
    for _ in 0..1000 {
        text.push_str("03/04/2025,1,A\n");
    }
    text.push_str("31/12/2025,1,B\n");
    let (rows, _, report) = read(&text);
    assert_eq!(rows[0].date.unwrap().to_string(), "2025-04-03");
    assert!(report.files[0].notes[0].contains("dmy"));
}

#[test]
fn a_bank_export_with_preamble_and_balances() {
    let text = "Description,,Summary Amt.\nBeginning balance as of 01/01/2025,,\"100.00\"\n\n\
                Date,Description,Amount,Running Bal.\n\
                01/01/2025,Beginning balance as of 01/01/2025,,\"100.00\"\n\
                01/02/2025,\"CHECKCARD 0101 COFFEE, INC\",\"-1,005.00\",\"-905.00\"\n\
                01/03/2025,PAYROLL,\"2,000.00\",\"1,095.00\"\n\
                01/04/2025,OTHER,\"-5.00\",\"1,095.00\"\n";
    let (rows, rejects, report) = read(text);
    assert!(rejects.is_empty(), "{rejects:?}");
    assert_eq!(rows.len(), 3);
    assert_eq!(report.files[0].skipped, 1);
    assert_eq!(rows[0].signed_amount(), Some("-1005.00".parse().unwrap()));
    assert_eq!(report.warnings.len(), 1, "{:?}", report.warnings);
    assert_eq!(report.warnings[0].line, 8);
}

#[test]
fn json_lines_and_documents() {
    let (rows, rejects, report) = read(
        "{\"id\": 7, \"description\": \"A \\\"B\\\"\", \"amount\": 12.340, \"type\": \"DEBIT\"}\n\
         {\"amount\": 1}\n",
    );
    assert_eq!(report.files[0].format, "json lines");
    assert_eq!(rows[0].original_description, "A \"B\"");
    assert_eq!(rows[0].amount.unwrap().to_string(), "12.340");
    assert_eq!(rows[0].id.as_deref(), Some("7"));
    assert!(rejects[0].reason.contains("no description"), "{rejects:?}");
    let plaid = r#"{"accounts": [{"account_id": "a", "type": "credit", "subtype": "credit card"}],
        "transactions": [
        {"transaction_id": "t", "account_id": "a", "amount": 5.50, "date": "2025-01-31", "name": "X", "pending": true,
         "iso_currency_code": "USD", "location": {"lat": 1.5, "lon": null}}]}"#;
    let (rows, _, _) = read(plaid);
    assert_eq!(rows[0].signed_amount(), Some("-5.50".parse().unwrap()));
    assert_eq!(rows[0].account_type, Some(AccountType::CreditCard));
    assert_eq!(rows[0].status, Some(crate::Status::Pending));
    assert_eq!(rows[0].latitude, Some(1.5));
}

#[test]
fn results_do_not_depend_on_the_size_of_batches() {
    let mut text = String::from("id,description\n");
    for number in 0..50 {
        text.push_str(&format!("{number},ROW {number}\n"));
        if number % 7 == 0 {
            text.push_str("bad\n");
        }
    }
    let whole = read(&text);
    for batch_rows in [1, 3, 49, 50, 51] {
        assert_eq!(read_with(&text, ReadOptions { batch_rows, ..ReadOptions::default() }), whole);
    }
}

#[test]
fn the_inputs_own_columns_of_several_files() {
    let files = ["id,description\n1,A\n", "description,note\nB,n\n"];
    let inputs = files.map(|text| Input::Bytes("t".into(), text.as_bytes().into()));
    let mut reader = Reader::open(&inputs, ReadOptions { keep_input: true, ..ReadOptions::default() }).unwrap();
    assert_eq!(reader.input_columns(), ["id", "description", "note"]);
    let mut batch = Batch::default();
    assert!(reader.next_batch(&mut batch).unwrap());
    assert_eq!(batch.raw[0].cell(0), b"1");
    let cells: Vec<_> = (0..3).map(|at| batch.raw[1].cell(at)).collect();
    assert_eq!(cells, [&b""[..], b"B", b"n"]);
}

#[test]
fn a_row_without_end_is_refused() {
    let text = format!("id,description\n1,\"{}", "x\n".repeat(10_000));
    let limits = Limits { row: 2048, ..Limits::default() };
    let inputs = [Input::Bytes("t".into(), text.into_bytes().into())];
    let mut reader = Reader::open(&inputs, ReadOptions { limits, ..ReadOptions::default() }).unwrap();
    let error = reader.next_batch(&mut Batch::default()).unwrap_err().to_string();
    assert!(error.contains("longer than 2048 bytes"), "{error}");
}

#[test]
fn columns_of_unknown_tables_are_concluded_and_said() {
    let text = "Booked;Valued;What;How much;Left\n\
                31.01.2025;31.01.2025;Bäckerei Müßig;-1.006,35;93,65\n\
                01.02.2025;01.02.2025;Gehalt;2.000,00;2.093,65\n";
    let (rows, rejects, report) = read(text);
    assert!(rejects.is_empty(), "{rejects:?}");
    assert_eq!(rows[0].signed_amount(), Some("-1006.35".parse().unwrap()));
    assert_eq!(rows[0].original_description, "Bäckerei Müßig");
    assert_eq!(rows[1].date.unwrap().to_string(), "2025-02-01");
    let notes = report.files[0].notes.join("\n");
    assert!(notes.contains("date=Booked,description=What,amount=How much"), "{notes}");
    assert!(notes.contains("decimal comma") && notes.contains("dmy"), "{notes}");
}

#[test]
fn amounts_without_signs_tell_no_direction() {
    let (rows, _, report) = read("When,Text,Sum\n2025-01-31,A,5.00\n2025-02-01,B,6.00\n");
    assert!(rows.iter().all(|row| row.direction.is_none() && row.amount.is_some()));
    assert!(report.files[0].notes.iter().any(|note| note.contains("--map type=")), "{:?}", report.files[0].notes);
    let (rows, _, _) = read("When,Text,Sum,DC\n2025-01-31,A,5.00,D\n2025-02-01,B,6.00,C\n");
    assert_eq!(rows[0].direction, Some(crate::Direction::Debit));
}

#[test]
fn columns_can_be_named_by_the_user() {
    let map = "date=1,description=Text,debit=Out,credit=In".parse().unwrap();
    let options = ReadOptions { map: Some(map), ..ReadOptions::default() };
    let (rows, _, report) = read_with("Tag,Text,Out,In\n2025-01-31,A,5.00,\n2025-01-31,B,,7\n", options);
    assert_eq!(report.files[0].format, "mapped columns");
    assert_eq!(rows[0].signed_amount(), Some("-5.00".parse().unwrap()));
    assert_eq!(rows[1].signed_amount(), Some("7".parse().unwrap()));
    assert!("date=1".parse::<ColumnMap>().unwrap_err().to_string().contains("description"));
    assert!("colour=1".parse::<ColumnMap>().unwrap_err().to_string().contains("no field"));
}

#[test]
fn a_format_proposed_from_a_sample_reads_that_sample() {
    let samples = [
        "Tag;Was;Wieviel;Rest\n31.01.2025;A b;-1.000,50;10,00\n01.02.2025;C d;5,00;15,00\n",
        "2025-01-31,x,Some text here,-5.00,other\n2025-02-01,y,More text,6.00,thing\n",
        "Tag,Text,Soll,Haben\n2025-01-31,A,5.00,\n2025-01-31,B,,7.00\n",
    ];
    for text in samples {
        let input = Input::Bytes("sample".into(), text.as_bytes().into());
        let toml = propose(&input, "de.mine", &ReadOptions::default()).unwrap();
        let own_formats =
            crate::io::parse_formats("mine.toml", &toml).unwrap_or_else(|error| panic!("{error}\n{toml}"));
        let (concluded, ..) = read(text);
        let (rows, rejects, report) = read_with(text, ReadOptions { own_formats, ..ReadOptions::default() });
        assert!(rejects.is_empty(), "{rejects:?}\n{toml}");
        assert_eq!(report.files[0].format, "de.mine", "{toml}");
        let known = |rows: &[Transaction]| -> Vec<_> {
            rows.iter().map(|row| (row.date, row.signed_amount(), row.original_description.clone())).collect()
        };
        assert_eq!(known(&rows), known(&concluded), "{toml}");
    }
    let known = Input::Bytes("t".into(), b"date,amount,description\n2025-01-01,1,A\n".to_vec().into());
    assert!(propose(&known, "us.mine", &ReadOptions::default()).unwrap_err().to_string().contains("read already"));
}

#[test]
fn a_header_that_stands_again_and_blank_rows_are_no_rows() {
    let text = "id,date,description\n1,2025-01-01,A\n\n,,\nid,date,description\n2,2025-01-02,B\n";
    let (rows, rejects, report) = read(text);
    assert_eq!((rows.len(), rejects.len(), report.files[0].skipped), (2, 0, 2));
}

#[test]
fn a_quote_left_open_costs_its_own_row_only() {
    let head = "date,amount,description\n2025-01-01,-4.50,\"CORNER CAFE\n2025-01-02,-5.00,WHOLEFDS\n";
    // Nothing closes it, or the next quote does.
    for (rest, kept) in [("2025-01-03,-8.00,SHELL\n", "SHELL"), ("2025-01-03,-7.00,\"LIDL\"\n", "LIDL")] {
        let (rows, rejects, report) = read(&format!("{head}{rest}"));
        let texts: Vec<&str> = rows.iter().map(|row| row.original_description.as_str()).collect();
        assert_eq!(texts[0], "WHOLEFDS");
        assert!(texts[1].starts_with(kept), "{texts:?}");
        assert_eq!((rejects[0].line, rejects[0].reason.starts_with("a quote is left open")), (2, true));
        assert_eq!(report.rows, rows.len() as u64 + report.rejected);
    }
    // A cell of several lines that are no rows stays one.
    let (rows, rejects, _) = read("date,amount,description\n2025-01-01,-4.50,\"CORNER\nCAFE, 2025\"\n");
    assert_eq!((rows.len(), rejects.len()), (1, 0));
}

#[test]
fn quoted_line_breaks_and_lone_carriage_returns() {
    let (rows, ..) = read("id,description\r\n1,\"A\r\nB\"\r\n2,C\r\n");
    assert_eq!(rows[0].original_description, "A\r\nB");
    let inputs = [Input::Bytes("t".into(), b"id,description\r1,A\r2,B\r3\r".to_vec().into())];
    let mut reader = Reader::open(&inputs, ReadOptions::default()).unwrap();
    let mut batch = Batch::default();
    reader.next_batch(&mut batch).unwrap();
    assert_eq!(batch.transactions.len(), 2);
    assert_eq!(batch.rejects[0].line, 4);
}

#[test]
fn a_header_that_anybody_may_write_needs_rows_that_show_whose_it_is() {
    let (rows, _, report) = read("Date,Description,Amount\n01/31/2025,COFFEE,-4.50\n02/01/2025,PAY,100\n");
    assert_eq!(report.files[0].format, "columns by content");
    assert_eq!(rows[0].signed_amount(), Some("-4.50".parse().unwrap()));
    assert!(report.files[0].notes[0].contains("`us.amex`"), "{:?}", report.files[0].notes);
    let (rows, ..) = read("Date,Description,Amount\n2025-01-31,COFFEE,-4.50\n2025-02-01,TEA,-1\n");
    assert_eq!((rows.len(), rows[0].date.unwrap().to_string()), (2, "2025-01-31".to_owned()));
    let undecided = refused("Date,Description,Amount\n01/02/2025,COFFEE,-4.50\n03/04/2025,TEA,-1\n");
    assert!(undecided.contains("--date-order dmy"), "{undecided}");
    let card = "Date,Description,Amount\n01/31/2025,COFFEE,4.50\n02/01/2025,TEA,5\n02/02/2025,PAYMENT,-9.50\n";
    let (rows, _, report) = read(card);
    assert_eq!(report.files[0].format, "us.amex");
    assert_eq!(rows[0].direction, Some(crate::Direction::Debit));
    let named = ReadOptions { format: Some("us.amex".into()), ..ReadOptions::default() };
    let (rows, ..) = read_with("Date,Description,Amount\n01/02/2025,COFFEE,-4.50\n", named);
    assert_eq!(rows[0].direction, Some(crate::Direction::Credit));
}

#[test]
fn lines_of_totals_are_no_transactions() {
    let text = "Gedruckt am 01.02.2025\n\nBuchung;Wert;Empfänger;Betrag in EUR\n\
                03.01.2025;03.01.2025;REWE;-12,50\n02.01.2025;02.01.2025;Lohn;1.500,00\n\nSumme;;;1.487,50\n;;;1.487,50\n";
    let (rows, rejects, report) = read(text);
    assert_eq!((rows.len(), rejects.len(), report.rows), (2, 2, 4), "{rejects:?}");
    assert_eq!(rows[0].date.unwrap().to_string(), "2025-01-03");
    assert!(rejects[0].reason.starts_with("date: `Summe`"), "{rejects:?}");
    assert!(rejects[1].reason.contains("line of totals"), "{rejects:?}");
}

#[cfg(feature = "formats")]
#[test]
fn a_guessed_encoding_is_said() {
    let inputs = [Input::Bytes("t".into(), b"id,date,description\n1,2025-01-01,Caf\xe9\n".to_vec().into())];
    let reader = Reader::open(&inputs, ReadOptions::default()).unwrap();
    assert!(reader.report().files[0].notes[0].contains("--encoding"), "{:?}", reader.report().files[0].notes);
}
