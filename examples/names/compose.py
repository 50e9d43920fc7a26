#!/usr/bin/env python3
"""Composes the training names in data/model/names/ from the word lists beside this script.

Run from the repository root: python3 examples/names/compose.py
No input but the lists, one fixed seed: the same lists give the same bytes.

A list holds one block for each category:

    [food.restaurants.coffee] 120        category, and how many names to make
    ~ COFFEE | CAFE | ESPRESSO BAR       trade terms: {t} in the templates
    THE DAILY GRIND | {first} S COFFEE   names, and templates with {slots}
    $bean = ARABICA | MOCHA              a slot of this block

`%slot = A | B` above the blocks is a slot of the whole file, and `%with = {sur} {t} | {t} {place}` gives the templates that are used for
trade terms. Slots of `common.txt` stand everywhere. Every name without slots is used once; templates and values are dealt like
cards, so that none comes back before all others have been used. What an acquirer does to a name (legal form, abbreviation, cut) is done at the end.
"""

import pathlib
import random
import re
import sys
import unicodedata

HERE = pathlib.Path(__file__).parent
LONGEST = (22, 25)
LEGAL = {
    "en": ["INC", "INC.", "LTD", "LTD.", "LLC", "CO", "CORP", "LIMITED", "COMPANY", "PTY LTD"],
    "fr": ["SARL", "SAS", "INC", "EURL"],
    "de": ["GMBH", "KG", "E.K.", "GMBH & CO KG", "AG"],
    "es": ["SL", "S.L.", "SA", "SLU"],
    "it": ["SRL", "S.R.L.", "SNC", "SAS"],
    "nl": ["BV", "B.V.", "VOF"],
    "pt": ["LDA", "LTDA", "SA", "ME"],
}
# Trades whose bills name the company behind them.
FIRMS = ("services", "home", "auto", "utilities", "digital", "insurance", "loans", "shopping.office", "shopping.electronics", "income")


class Deck:
    """Deals its cards in shuffled order, and starts again when all are dealt."""

    def __init__(self, cards, chance):
        self.cards, self.chance, self.left = list(dict.fromkeys(cards)), chance, []

    def deal(self):
        if not self.left:
            self.left = self.cards[:]
            self.chance.shuffle(self.left)
        return self.left.pop()


def items(text):
    return [item.strip() for item in text.split("|") if item.strip()]


def read(path):
    """Slots of a file, and its blocks: category, count, lines."""
    slots, blocks = {}, []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        block = re.fullmatch(r"\[([a-z_.]+)\]\s*(\d+)", line)
        if block:
            blocks.append({"category": block[1], "count": int(block[2]), "terms": [], "names": [], "slots": {}})
        elif line[0] in "%$" and "=" in line:
            name, values = line[1:].split("=", 1)
            into = slots if line[0] == "%" else blocks[-1]["slots"]
            into.setdefault(name.strip(), []).extend(items(values))
        elif not blocks:
            sys.exit(f"{path}:{number}: a name before the first [category]")
        elif line[0] == "~":
            blocks[-1]["terms"].extend(items(line[1:]))
        else:
            blocks[-1]["names"].extend(items(line))
    return slots, blocks


def plain(text):
    """Upper case without accents, as most card statements show it."""
    text = text.replace("ß", "ss").replace("ø", "o")
    folded = unicodedata.normalize("NFD", text.upper())
    return "".join(sign for sign in folded if not unicodedata.combining(sign))


class Composer:
    def __init__(self, language, shared, own, abbreviations, chance):
        self.language, self.chance, self.abbreviations = language, chance, abbreviations
        self.decks = {name: Deck(values, chance) for name, values in {**shared, **own}.items()}

    def fill(self, template, local):
        def value(slot):
            deck = local.get(slot[1]) or self.decks.get(slot[1])
            if deck is None:
                sys.exit(f"no slot {{{slot[1]}}} for `{template}`")
            return deck.deal()

        for _ in range(4):
            if "{" not in template:
                break
            template = re.sub(r"\{(\w+)\}", value, template)
        return template

    def printed(self, name, category):
        chance = self.chance
        name = plain(name)
        if chance.random() < (0.22 if category.startswith(FIRMS) else 0.06):
            name += " " + chance.choice(LEGAL[self.language])
        words = []
        for word in name.split():
            short = self.abbreviations.get(word)
            words.append(chance.choice(short) if short and chance.random() < 0.14 else word)
        name = " ".join(words)
        if "&" in name and chance.random() < 0.3:
            name = name.replace("&", "AND")
        name = re.sub(r"(?<=\w) S(?= |$)", lambda _: chance.choice([" S", "S", "'S", "S"]), name)
        if self.language == "en" and chance.random() < 0.05:
            name += f" #{chance.randint(1, 999)}"
        return name[: chance.choice(LONGEST)].strip()

    def block(self, block, joined):
        category = block["category"]
        local = {name: Deck(values, self.chance) for name, values in block["slots"].items()}
        if block["terms"]:
            local["t"] = Deck(block["terms"], self.chance)
        whole = [name for name in block["names"] if "{" not in name]
        templates = [name for name in block["names"] if "{" in name]
        if block["terms"]:
            templates += joined
        made = {}
        for name in whole:
            made.setdefault(self.printed(name, category))
        deck = Deck(templates, self.chance)
        tries = 0
        while templates and len(made) < block["count"] and tries < 20 * block["count"]:
            tries += 1
            made.setdefault(self.printed(self.fill(deck.deal(), local), category))
        return list(made)


def main():
    common, _ = read(HERE / "common.txt")
    out = pathlib.Path("data/model/names")
    out.mkdir(parents=True, exist_ok=True)
    abbreviations = {}
    for line in (HERE / "abbreviations.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            word, short = line.split("=")
            abbreviations[word.strip()] = items(short)
    known = {line.split(",")[0] for line in pathlib.Path("data/categories.csv").read_text().splitlines()}
    total = 0
    for path in sorted(HERE.glob("*_*.txt")):
        language = path.stem.split("_")[0]
        own, blocks = read(path)
        joined = own.pop("with", [])
        chance = random.Random(path.stem)
        composer = Composer(language, common, own, abbreviations if language == "en" else {}, chance)
        rows = [
            "# Invented names of local businesses and organisations as statements print them.",
            f"# Made by examples/names/compose.py from examples/names/{path.name}; change the lists and run it again.",
            "name,category",
        ]
        for block in blocks:
            if block["category"] not in known:
                sys.exit(f"{path}: no category {block['category']}")
            for name in composer.block(block, joined):
                rows.append(f'"{name}",{block["category"]}' if "," in name else f"{name},{block['category']}")
        total += len(rows) - 3
        (out / f"{path.stem}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        print(f"{path.stem}: {len(rows) - 3}")
    print(f"{total} names")


if __name__ == "__main__":
    main()
