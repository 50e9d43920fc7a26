"""What people use instead, in one run: whole programs from a CSV file to a CSV file, taking turns.

    cargo build --release && cargo run --release --example generate -- 20000 > statement.csv
    pip install pandas scikit-learn pyahocorasick      # and hledger from your distribution
    python benches/compare/compare.py statement.csv [ROUNDS]

Each way reads the statement, gives every row a name or category, and writes all rows again; it sees as many rows as it can stand. Times
are processor time of the whole process over rows, less what the same process takes for one row: starting and learning are not
counted against anybody. What is printed last is how many times the time of `payee` each of them takes. None of the others gives more
than a name or a category; how often they are right is not measured here.
"""

import csv
import glob
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile

RULES = 1000
TRAINED_ON = 5000
TEXT = "description"


def names():
    """Names of the dictionary in capitals, an even selection of all files."""
    root = os.path.join(os.path.dirname(__file__), "..", "..", "data", "merchants", "*.csv")
    found = [row["name"].upper() for path in sorted(glob.glob(root)) for row in csv.DictReader(open(path, encoding="utf-8"))]
    return sorted({name for name in found if len(name) > 3})


def rules():
    all_names = names()
    return all_names[:: max(1, len(all_names) // RULES)][:RULES]


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path, table, answers):
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow([*table[0], "answer"])
        out.writerows([*row.values(), answer] for row, answer in zip(table, answers))


def pandas_regex(source, target):
    """A data frame and a loop over compiled patterns, first hit wins: what most people write."""
    import pandas

    patterns = [(name, re.compile(r"\b" + re.escape(name) + r"\b")) for name in rules()]
    frame = pandas.read_csv(source, dtype=str)
    find = lambda text: next((name for name, pattern in patterns if pattern.search(text)), "")
    frame["answer"] = frame[TEXT].map(find)
    frame.to_csv(target, index=False)


def svm(source, target):
    """Character n-grams and a linear support vector machine, fitted on answers of `payee`, predicting all rows at once."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    labelled = rows(os.environ["LABELLED"])[:TRAINED_ON]
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True)
    model = LinearSVC().fit(
        vectors.fit_transform(row["original_description"] for row in labelled), [row["category"] for row in labelled]
    )
    table = rows(source)
    write(target, table, model.predict(vectors.transform(row[TEXT] for row in table)))


def ahocorasick(source, target):
    """An automaton in C over every name of the dictionary; the longest match on word boundaries."""
    import ahocorasick as library

    automaton = library.Automaton()
    for name in names():
        automaton.add_word(name, name)
    automaton.make_automaton()

    def find(text):
        best = ""
        for end, name in automaton.iter(text):
            start = end - len(name) + 1
            bounded = (start == 0 or not text[start - 1].isalnum()) and (end + 1 == len(text) or not text[end + 1].isalnum())
            if bounded and len(name) > len(best):
                best = name
        return best

    table = rows(source)
    write(target, table, [find(row[TEXT]) for row in table])


def hledger(source, target):
    """Rules of hledger, one `if` for each name; it prints a journal."""
    with tempfile.NamedTemporaryFile("w", suffix=".rules", delete=False) as file:
        file.write("skip 1\nfields id,account,date,amount,description,currency_,type,country\ncurrency\naccount1 assets\n")
        for name in rules()[:: RULES // 200]:
            file.write(f"if {re.escape(name)}\n  account2 expenses:{name.title()}\n")
    with open(target, "w") as out:
        subprocess.run(["hledger", "-f", source, "--rules-file", file.name, "print"], stdout=out, check=True)
    os.unlink(file.name)


def payee(source, target, *options):
    program = os.environ.get("PAYEE", "target/release/payee")
    subprocess.run([program, "enrich", source, "-o", target, "--quiet", "--threads", "1", *options], check=True)


WAYS = {
    "payee": (lambda source, target: payee(source, target, "--no-recurring"), 1_000_000),
    "payee, recurring": (payee, 1_000_000),
    "pyahocorasick, all names": (ahocorasick, 100_000),
    "TF-IDF and linear SVM": (svm, 20_000),
    f"pandas, {RULES} patterns": (pandas_regex, 5_000),
    "hledger, 200 rules": (hledger, 5_000),
}


def cost(way, source, target):
    """Processor seconds of a way in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, __file__, "--one", way, source, target], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(source, rounds):
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "out.csv")
        os.environ["LABELLED"] = os.path.join(folder, "labelled.csv")
        payee(source, os.environ["LABELLED"], "--no-recurring")
        with open(source, encoding="utf-8") as file:
            lines = file.readlines()
        parts = {}
        for way, (_, most) in WAYS.items():
            for count in (1, min(most, len(lines) - 1)):
                path = os.path.join(folder, f"{count}.csv")
                with open(path, "w", encoding="utf-8") as file:
                    file.writelines(lines[: count + 1])
                parts.setdefault(way, []).append((count, path))
        times = {way: [] for way in WAYS}
        for _ in range(rounds):
            for way, ((_, one), (count, many)) in parts.items():
                try:
                    times[way].append((cost(way, many, target) - cost(way, one, target)) / max(1, count - 1))
                except (subprocess.CalledProcessError, FileNotFoundError):
                    print(f"{way}: not installed, left out", file=sys.stderr)
    print(f"{'':<28}{'us a row':>10}{'times payee':>13}")
    for way, all_times in times.items():
        if all_times:
            ratio = statistics.median(own / base for own, base in zip(all_times, times["payee"]))
            print(f"{way:<28}{1e6 * statistics.median(all_times):>10.2f}{ratio:>13.1f}")


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        WAYS[sys.argv[2]][0](*sys.argv[3:])
    else:
        main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5)
