//! What must be refused, and in bounded memory.

#[cfg(feature = "formats")]
use std::io::Write as _;

use super::*;

fn outcome(name: &str, bytes: Vec<u8>, limits: Limits) -> Result<Report, String> {
    let options = ReadOptions { limits, ..ReadOptions::default() };
    let mut reader =
        Reader::open(&[Input::Bytes(name.into(), bytes.into())], options).map_err(|error| error.to_string())?;
    let mut batch = Batch::default();
    while reader.next_batch(&mut batch).map_err(|error| error.to_string())? {}
    Ok(reader.report().clone())
}

fn refused(name: &str, bytes: impl Into<Vec<u8>>, limits: Limits) -> String {
    outcome(name, bytes.into(), limits).expect_err("must be refused")
}

fn small() -> Limits {
    Limits { row: 4096, document: 1 << 16, ..Limits::default() }
}

#[test]
fn rows_and_lines_without_end() {
    let long = "x".repeat(100_000);
    let json = format!("{{\"description\":\"A\"}}\n{{\"description\":\"{long}\"}}\n");
    assert!(refused("a.jsonl", json, small()).contains("longer than 4096"));
    let ofx = format!("<OFX>\n<STMTTRN><NAME>{}", format!("{}\n", "y".repeat(1000)).repeat(100));
    assert!(refused("a.ofx", ofx, small()).contains("longer than 4096"));
    let tag = format!("<OFX>\n<{}", "z\n".repeat(50_000));
    assert!(refused("a.ofx", tag, small()).contains("longer than 4096"));
    let mt940 = format!(":20:X\n:25:Y\n:61:{}", "1234567890\n".repeat(1000));
    assert!(refused("a.sta", mt940, small()).contains("longer than 4096"));
    let bai2 = format!("01,1,2,250131,1200,1,,,2/\n02,1,2,1,250131,,USD,2/\n16,165,1,Z,,,{}", "88,text\n".repeat(2000));
    assert!(refused("a.bai", bai2, small()).contains("longer than 4096"));
}

#[test]
fn documents_beyond_their_bound() {
    let array = format!("[{}]", vec![r#"{"description":"A"}"#; 10_000].join(","));
    assert!(refused("a.json", array, small()).contains("document"));
}

#[test]
fn deep_nesting() {
    let deep = format!("[{}{}]", "[".repeat(200_000), "]".repeat(200_000));
    let report = outcome("a.json", deep.into_bytes(), Limits::default());
    assert!(report.is_err() || report.is_ok_and(|report| report.rejected == report.rows));
    let row = format!("{{\"description\":{}1{}}}\n", "[".repeat(10_000), "]".repeat(10_000));
    let report = outcome("a.jsonl", row.into_bytes(), Limits::default());
    assert!(report.is_err() || report.is_ok_and(|report| report.rejected == 1));
}

#[cfg(feature = "formats")]
#[test]
fn xml_that_grows() {
    let entities = r#"<?xml version="1.0"?><!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>
        <Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>&b;</Stmt></BkToCstmrStmt></Document>"#;
    assert!(refused("a.xml", entities, Limits::default()).contains("DOCTYPE"));
    let deep = format!("<Document xmlns=\"camt.053\"><BkToCstmrStmt>{}", "<Ntry>".repeat(100_000));
    assert!(refused("a.xml", deep, Limits::default()).contains("deep"));
    let unknown =
        "<Document xmlns=\"camt.053\"><BkToCstmrStmt><Stmt><Ntry>&x;</Ntry></Stmt></BkToCstmrStmt></Document>";
    assert!(refused("a.xml", unknown, Limits::default()).contains("&x;"));
    let cut = "<Document xmlns=\"camt.053\"><BkToCstmrStmt><Stmt><Ntry><Amt>1</Amt>";
    assert!(refused("a.xml", cut, Limits::default()).contains("cut short"));
}

#[cfg(feature = "formats")]
#[test]
fn packed_files_that_grow_or_are_damaged() {
    let pack = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let mut bomb = b"id,description\n".to_vec();
    bomb.extend(b"1,aaaaaaaaaaaaaaaa\n".repeat((4 << 20) / 19));
    let limits = Limits { harmless: 2 << 20, ..Limits::default() };
    assert!(refused("a.csv.gz", pack(&bomb), limits).contains("unpacks to more than 250 times"));
    let good = pack(b"id,description\n1,A\n");
    assert!(outcome("a.csv.gz", good.clone(), Limits::default()).is_ok());
    assert!(refused("a.csv.gz", &good[..good.len() - 6], Limits::default()).contains("damaged or cut short"));
    assert!(refused("a.csv.zst", b"\x28\xb5\x2f\xfd\xff\xff\xff\xff", Limits::default()).contains("damaged"));
}

#[cfg(feature = "formats")]
#[test]
fn spreadsheets_that_grow_or_are_none() {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("xl/worksheets/sheet1.xml", options).unwrap();
    archive.write_all(&vec![b'x'; 1 << 20]).unwrap();
    let bytes = archive.finish().unwrap().into_inner();
    assert!(refused("a.xlsx", bytes.clone(), small()).contains("unpacks to more than"));
    assert!(refused("a.xlsx", bytes, Limits::default()).contains("not a spreadsheet"));
    assert!(refused("a.xls", b"\xd0\xcf\x11\xe0 and then nothing", Limits::default()).contains("not a spreadsheet"));
}

/// Finds of the fuzz targets.
#[test]
fn dates_and_amounts_of_wrong_width() {
    let mt940 = ":20:X\n:25:Y\n:60F:C250101EUR1000,00\n:61:2\u{ff}END\n";
    assert_eq!(outcome("a.sta", mt940.into(), Limits::default()).unwrap().rejected, 1);
    let bai2 = "01,1,2,250131,1200,1,,,2/\n02,9,1,2,4294967295,,USD,2/\n03,1,USD,/\n16,165,1,Z,,,A\n";
    assert_eq!(outcome("a.bai", bai2.into(), Limits::default()).unwrap().rows, 1);
    let nacha = include_str!("../../../tests/formats/other/nacha.ach").replace("0000245000E1", "-000245000E1");
    assert_eq!(outcome("a.ach", nacha.into(), Limits::default()).unwrap().rejected, 1);
}

#[test]
fn what_is_no_text_at_all() {
    assert!(refused("a.pdf", "%PDF-1.7\n", Limits::default()).contains("PDF"));
    assert!(refused("a.bin", [0_u8, 1, 2, 3, 0, 0, 0, 9].repeat(64), Limits::default()).contains("no text"));
    assert!(
        refused("a.html", "<html><body>Your session has expired</body></html>", Limits::default()).contains("HTML")
    );
    assert!(refused("a.csv", " \n\n", Limits::default()).contains("empty"));
}

#[test]
fn folders_and_files_that_are_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let open = |path: std::path::PathBuf| Reader::open(&[Input::Path(path)], ReadOptions::default()).map(|_| ());
    assert!(open(folder.path().to_path_buf()).unwrap_err().to_string().contains("no file to read"));
    let missing = open(folder.path().join("missing.csv")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Io);
    std::fs::write(folder.path().join("b.csv"), "description\nB\n").unwrap();
    std::fs::write(folder.path().join("a.csv"), "description\nA\n").unwrap();
    std::fs::write(folder.path().join(".hidden"), "x").unwrap();
    let mut reader = Reader::open(&[Input::Path(folder.path().into())], ReadOptions::default()).unwrap();
    let mut batch = Batch::default();
    reader.next_batch(&mut batch).unwrap();
    let texts: Vec<_> = batch.transactions.iter().map(|row| row.original_description.as_str()).collect();
    assert_eq!(texts, ["A", "B"]);
    #[cfg(feature = "formats")]
    {
        let pattern = folder.path().join("*.csv");
        let reader = Reader::open(&[Input::Path(pattern)], ReadOptions::default()).unwrap();
        assert_eq!(reader.report().files.len(), 2);
    }
}

#[cfg(feature = "formats")]
#[test]
fn totals_that_do_not_add_up_are_told() {
    let warnings = |name: &str, text: &str| {
        let report = outcome(name, text.as_bytes().to_vec(), Limits::default()).unwrap();
        report.warnings.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>().join("\n")
    };
    let camt = include_str!("../../../tests/formats/other/camt053.xml");
    assert_eq!(warnings("a.xml", camt), "");
    assert!(warnings("a.xml", &camt.replace("3586.83", "3586.84")).contains("closing balance 3586.84"));
    assert!(
        warnings("a.xml", &camt.replace("<NbOfNtries>4<", "<NbOfNtries>5<")).contains("tells of 5 entries and has 4")
    );
    let mt940 = include_str!("../../../tests/formats/other/mt940.sta");
    assert!(warnings("a.sta", &mt940.replace("EUR3586,83", "EUR1,")).contains("closing balance 1"));
    let mt942 = include_str!("../../../tests/formats/other/mt942.txt");
    assert!(warnings("a.sta", &mt942.replace(":90D:1GBP5,00", ":90D:2GBP5,00")).contains("2 debits of 5.00"));
    let bai2 = include_str!("../../../tests/formats/other/bai2.txt");
    assert!(warnings("a.bai", &bai2.replace("49,624000,6", "49,624001,7")).contains("control total is 624001"));
    let nacha = include_str!("../../../tests/formats/other/nacha.ach");
    assert!(warnings("a.ach", &nacha.replace("8200000003", "8200000004")).contains("tells of 4 entries"));
    let ofx = include_str!("../../../tests/formats/other/bank.ofx");
    assert!(warnings("a.ofx", &ofx.replace("<FITID>A2", "<FITID>A1")).contains("stands twice"));
}
