"""Others read what payee reads, and what payee writes. Run by hand:

    pip install beancount ofxparse ofxtools mt-940 quiffen camt053 bankstatementparser pyarrow
    apt-get install hledger
    python benches/compare/formats.py target/release/payee

Reading: each sample of OFX, CAMT, MT940, MT942, BAI2 and QIF in tests/formats/other is read by payee and by the parsers
of others; dates and signed amounts must be the same. Writing: all samples together become a journal, which
hledger and Beancount must take; balances and numbers of entries must be those of payee's own CSV. Parquet and Arrow files are
read back with pyarrow if the program was built with the feature `arrow`.
"""

import csv
import io
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections import defaultdict
from datetime import date
from decimal import Decimal

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parents[2]
OTHER = ROOT / "tests/formats/other"
PAYEE = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "target/release/payee")
FAULTS = []


def run(*arguments):
    done = subprocess.run([str(word) for word in arguments], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def enrich(paths, *options):
    code, out, err = run(PAYEE, "enrich", *paths, "--quiet", "--no-recurring", *options)
    assert code == 0, err
    return out


def rows(paths):
    return list(csv.DictReader(io.StringIO(enrich(paths))))


def signed(row):
    amount = Decimal(row["amount"])
    return -amount if row["type"] == "DEBIT" else amount


def day(value):
    """A date in any form a parser gives it."""
    text = str(value or "").strip()
    if text[:8].isdigit() and "-" not in text[:8]:
        return f"{text[:4]}-{text[4:6]}-{text[6:8]}"
    return text[:10]


# The parsers of others: each gives (possible days, signed amount) of every entry.


def ofxparse(path):
    from ofxparse import OfxParser

    with open(path, "rb") as file:
        ofx = OfxParser.parse(file)
    for account in ofx.accounts:
        for entry in account.statement.transactions:
            yield {day(entry.date), day(entry.user_date)}, Decimal(str(entry.amount))


def ofxtools(path):
    from ofxtools.Parser import OFXTree

    tree = OFXTree()
    tree.parse(str(path))
    for statement in tree.convert().statements:
        for entry in statement.transactions:
            yield {day(entry.dtposted), day(entry.dtuser)}, entry.trnamt


def mt940(path):
    import mt940 as reader

    for entry in reader.parse(str(path)):
        data = entry.data
        yield {day(data["date"]), day(data.get("entry_date"))}, data["amount"].amount


def quiffen(path):
    from quiffen import Qif

    text = pathlib.Path(path).read_text(encoding="utf-8")
    day_first = "D25/" in text
    for account in Qif.parse(path, day_first=day_first).accounts.values():
        for entries in account.transactions.values():
            for entry in entries:
                yield {day(entry.date)}, Decimal(str(entry.amount))


def camt053(path):
    import camt053 as reader

    document = reader.parse_document(path.read_bytes().decode())
    for statement in document.statements:
        for entry in statement.entries:
            amount = Decimal(str(entry.amount))
            debit = str(entry.credit_debit_indicator).endswith("DBIT")
            yield {day(entry.booking_date), day(entry.value_date)}, -amount if debit else amount


def bankstatementparser(path):
    import bankstatementparser as reader

    kinds = {".ofx": "OfxParser", ".qfx": "QfxParser", ".sta": "Mt940Parser", ".mt942": "Mt942Parser", ".bai2": "Bai2Parser"}
    kind = kinds.get(path.suffix) or ("Camt052Parser" if "camt052" in path.name else "CamtParser")
    for entry in getattr(reader, kind)(str(path)).parse().to_dict("records"):
        amount = entry.get("amount", entry.get("Amount"))
        days = {day(entry.get(name)) for name in ("date", "BookgDt", "ValDt")}
        yield days, Decimal(str(amount))


READERS = {
    "bank.ofx": [ofxparse, ofxtools, bankstatementparser],
    "two_accounts.ofx": [ofxparse, ofxtools, bankstatementparser],
    "card.qfx": [ofxparse, ofxtools, bankstatementparser],
    "camt053.xml": [camt053, bankstatementparser],
    "camt052_batch.xml": [camt053, bankstatementparser],
    "mt940.sta": [mt940, bankstatementparser],
    "ing_two_days.sta": [mt940, bankstatementparser],
    "mt942.txt": [bankstatementparser],
    "bai2.txt": [bankstatementparser],
    "quicken.qif": [quiffen],
    "splits.qif": [],  # quiffen takes a decimal comma for a mark of thousands
}


def read_as(name):
    """What payee reads, with every date of an entry: the test `formats` holds the program to these tables."""
    with open(ROOT / f"tests/formats/other_expected/{name}.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            days = {day(row[name]) for name in ("date", "transacted_at", "posted_at")} - {""}
            yield days, signed(row)


def compare_reading():
    print("## Reading\n\n| file | entries | parser | its entries | agreement |\n|---|---|---|---|---|")
    for name, readers in READERS.items():
        path = OTHER / name
        ours = list(read_as(name))
        for reader in readers:
            copy = path
            if reader is bankstatementparser and path.suffix == ".txt":
                copy = pathlib.Path(tempfile.mkdtemp()) / (path.stem + ("." + path.stem))
                shutil.copy(path, copy)
            try:
                theirs = list(reader(copy))
            except Exception as error:  # A parser that does not take the file tells nothing about us.
                print(f"| {name} | {len(ours)} | {reader.__name__} | refuses | {type(error).__name__}: {str(error)[:80]} |")
                continue
            print(f"| {name} | {len(ours)} | {reader.__name__} | {len(theirs)} | {agreement(ours, theirs)} |")


def agreement(ours, theirs):
    """Pairs every entry of ours with one of theirs that has its amount and day; what a batch was split into is summed."""
    left, valued = list(ours), 0
    for days, amount in theirs:
        same = [entry for entry in left if entry[1] == amount and (entry[0] & days or not days - {""})]
        # Some give the value date alone, where payee gives the day of booking.
        near = [entry for entry in left if entry[1] == amount and any(is_near(one, other) for one in entry[0] for other in days)]
        if same or near:
            left.remove((same or near)[0])
            valued += not same
            continue
        parts = [entry for entry in left if entry[0] & days]
        batch = next((parts[:count] for count in range(2, len(parts) + 1) if sum(part[1] for part in parts[:count]) == amount), None)
        if batch is None:
            FAULTS.append(f"{days} {amount}")
            return f"DIFFERS: {days} {amount}"
        for part in batch:
            left.remove(part)
    if left:
        FAULTS.append(str(left))
        return f"DIFFERS: only ours: {left}"
    return "same days and amounts" + (f", but {valued} value dates for days of booking" if valued else "")


def is_near(one, other):
    return bool(one and other) and abs(date.fromisoformat(one) - date.fromisoformat(other)).days <= 3


def compare_writing():
    folder = pathlib.Path(tempfile.mkdtemp())
    inputs = [ROOT / "examples/statement.csv", ROOT / "tests/formats/samples", OTHER]
    told = lambda row: row["date"] and row["amount"] and (row["type"] or Decimal(row["amount"]) == 0)
    own = [row for row in rows(inputs) if told(row)]
    expected = defaultdict(Decimal)
    for row in own:
        expected[row["currency_code"] or "USD"] += signed(row)
    print(f"\n## Writing\n\n{len(own)} rows of {len(expected)} currencies, from every sample\n")
    for form, check in (("ledger", hledger), ("beancount", beancount)):
        journal = folder / f"all.{form}"
        journal.write_text(enrich(inputs, "--to", form))
        problem = check(journal, own, expected)
        if problem:
            FAULTS.append(problem)
        print(f"- {form}: {problem or 'taken; as many entries, and the same balance in every currency'}")


def hledger(journal, own, expected):
    code, _, err = run("hledger", "-f", journal, "check")
    if code != 0:
        return err.strip()[:400]
    code, out, err = run("hledger", "-f", journal, "print", "-O", "csv")
    table = list(csv.DictReader(io.StringIO(out)))
    entries = len({row["txnidx"] for row in table})
    if entries != len(own):
        return f"{entries} entries, expected {len(own)}"
    found = defaultdict(Decimal)
    for row in table:
        if row["account"].startswith(("Assets", "Liabilities")):
            found[row["commodity"]] += Decimal(row["amount"])
    return differing(found, expected)


def beancount(journal, own, expected):
    from beancount import loader
    from beancount.core.data import Transaction

    entries, errors, _ = loader.load_file(str(journal))
    if errors:
        return str(errors[0])[:400]
    entries = [entry for entry in entries if isinstance(entry, Transaction)]
    if len(entries) != len(own):
        return f"{len(entries)} entries, expected {len(own)}"
    found = defaultdict(Decimal)
    for entry in entries:
        for posting in entry.postings:
            if posting.account.startswith(("Assets", "Liabilities")):
                found[posting.units.currency] += posting.units.number
    return differing(found, expected)


def differing(found, expected):
    sums = lambda table: {key: value for key, value in table.items() if value}
    return None if sums(found) == sums(expected) else f"balances {dict(found)}, expected {dict(expected)}"


def compare_columnar():
    import pyarrow.feather
    import pyarrow.parquet

    folder = pathlib.Path(tempfile.mkdtemp())
    path = ROOT / "examples/statement.csv"
    own = rows([path])
    for form, read in (("parquet", pyarrow.parquet.read_table), ("arrow", pyarrow.feather.read_table)):
        out = folder / f"out.{form}"
        code, _, err = run(PAYEE, "enrich", path, "--quiet", "--no-recurring", "-o", out)
        if code != 0:
            print(f"- {form}: not built: {err.strip()}")
            continue
        table = read(out).to_pylist()
        amounts = [(str(row["date"]), row["amount"].normalize(), row["description"], row["is_expense"]) for row in table]
        wanted = [(row["date"], Decimal(row["amount"]).normalize(), row["description"], row["is_expense"] == "true") for row in own]
        same = amounts == wanted
        code, again, err = run(PAYEE, "enrich", out, "--quiet", "--no-recurring")
        back = [row["amount"] for row in csv.DictReader(io.StringIO(again))]
        back = [Decimal(amount) for amount in back] == [Decimal(row["amount"]) for row in own]
        if not (same and back):
            FAULTS.append(form)
        print(f"- {form}: {len(table)} rows in pyarrow, {'same' if same else 'DIFFER'}; read back by payee: {'same' if back else 'DIFFER'}")


compare_reading()
compare_writing()
compare_columnar()
print(f"\n{len(FAULTS)} disagreements")
sys.exit(1 if FAULTS else 0)
