"""Character n-gram TF-IDF and a linear SVM on the folds of `payee train --folds 5 --write-folds FILE`.

    pip install scikit-learn
    python benches/compare/svm.py FILE
"""

import csv
import sys
import time

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

rows = [row for row in csv.DictReader(open(sys.argv[1], encoding="utf-8")) if row["labels"]]
right, predicting = 0, 0.0
for fold in sorted({row["fold"] for row in rows}):
    known = [row for row in rows if row["fold"] != fold]
    held_back = [row for row in rows if row["fold"] == fold]
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True)
    model = LinearSVC(C=0.3).fit(
        vectors.fit_transform(row["text"] for row in known), [row["labels"].split("|")[0] for row in known]
    )
    start = time.perf_counter()
    answers = model.predict(vectors.transform(row["text"] for row in held_back))
    predicting += time.perf_counter() - start
    right += sum(answer in row["labels"].split("|") for answer, row in zip(answers, held_back))
print(f"{len(rows)} rows, {100 * right / len(rows):.1f} % right, {1e6 * predicting / len(rows):.1f} us a row")
