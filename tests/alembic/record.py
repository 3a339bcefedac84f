"""Records what Alembic prints, for `tests/cli/alembic.rs` to compare with.

    python3 -m venv venv && venv/bin/pip install alembic==1.20.1
    venv/bin/python tests/alembic/record.py > tests/alembic/recorded.json

Each graph is a chain of empty revisions; each session is a list of commands on a fresh SQLite
database. Paths are reduced to file names.
"""

import contextlib
import io
import json
import logging
import pathlib
import re
import sys
import tempfile

import alembic
from alembic import command
from alembic.config import CommandLine
from alembic.config import Config

ENV = """
from alembic import context
from sqlalchemy import create_engine

with create_engine(context.config.get_main_option("sqlalchemy.url")).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""

REVISION = '''"""{message}"""
revision = {id!r}
down_revision = {down!r}
branch_labels = {labels!r}
depends_on = {depends!r}


def upgrade():
    pass


def downgrade():
    pass
'''


def revision(id, down, message, labels=(), depends=()):
    return {"id": id, "down": list(down), "message": message, "labels": list(labels), "depends": list(depends)}


GRAPHS = {
    "linear": [
        revision("ae10", [], "create users"),
        revision("1975", ["ae10"], "add email"),
        revision("27c6", ["1975"], "add an index: why not"),
        revision("20", ["27c6"], "all digits"),
    ],
    "branches": [
        revision("ae10", [], "create users"),
        revision("1975", ["ae10"], "add email"),
        revision("27c6", ["1975"], "add phone"),
        revision("b111", ["1975"], "feature", labels=["feat"]),
        revision("b112", ["b111"], "more of the feature"),
    ],
    "merge": [
        revision("ae10", [], "create users"),
        revision("1975", ["ae10"], "add email"),
        revision("27c6", ["1975"], "add phone"),
        revision("b111", ["1975"], "feature", labels=["feat"]),
        revision("cccc", ["27c6", "b111"], "merge both"),
        revision("dddd", ["cccc"], "after"),
    ],
    "labels": [
        revision("a1", [], "shop", labels=["shop"]),
        revision("a2", ["a1"], "shop two"),
        revision("b1", [], "billing", labels=["billing", "invoices"]),
        revision("b2", ["b1"], "billing two"),
    ],
    "depends": [
        revision("a1", [], "shop", labels=["shop"]),
        revision("a2", ["a1"], "shop two"),
        revision("b1", [], "billing", labels=["billing"]),
        revision("b2", ["b1"], "billing two", depends=["a2"]),
        revision("b3", ["b2"], "billing three"),
    ],
    "effective": [
        revision("a1", [], "shop", labels=["shop"]),
        revision("b1", [], "billing", labels=["billing"], depends=["a1"]),
    ],
    "threeway": [
        revision("a0", [], "base"),
        revision("b1", ["a0"], "one"),
        revision("b2", ["a0"], "two"),
        revision("b3", ["a0"], "three"),
        revision("c0", ["b1", "b2", "b3"], "all three"),
    ],
}

READ = {
    "linear": [
        "history -r 1975:", "history -r :1975", "history -r 1975:27c6", "history -r base:head", "history -r ae10:+2",
        "history -r-1:27c6", "history -r 27c6:27c6", "show head", "show 19",
    ],
    "branches": ["history -r 1975:27c6", "history -r 1975:", "history -r :b112", "show feat@head", "show heads"],
    "merge": ["history -r 1975:cccc", "history -r b111:", "history -r :27c6"],
    "labels": ["history -r :b2", "history -r a1:a2"],
    "depends": ["history -r :b3", "history -r b1:b3"],
    "effective": [],
    "threeway": ["history -r b2:", "history -r a0:c0"],
}

SESSIONS = {
    "linear": [
        ["current", "upgrade +1", "current", "upgrade +1", "history -i", "history -r :current", "history -r current:",
         "history -r-1:current", "upgrade head", "current", "current --check-heads", "downgrade -1", "current",
         "downgrade -2", "downgrade ae10", "current", "upgrade ae10+2", "downgrade base", "current"],
        ["stamp 1975", "current", "upgrade head", "stamp ae10", "current", "stamp base", "current", "stamp head"],
    ],
    "branches": [
        ["upgrade heads", "current", "history -i", "downgrade 1975", "current", "upgrade feat@head", "current",
         "upgrade 27c6", "current"],
        ["upgrade 27c6", "current", "upgrade feat@+1", "current"],
        ["stamp heads", "current", "stamp 1975", "current"],
    ],
    "merge": [
        ["upgrade head", "current", "downgrade cccc", "downgrade 27c6", "current"],
        ["upgrade cccc", "current", "downgrade base", "current"],
    ],
    "labels": [
        ["upgrade shop@head", "current", "upgrade billing@+1", "current", "upgrade heads", "current", "downgrade shop@base",
         "current"],
    ],
    "depends": [
        ["upgrade billing@head", "current", "history -i", "downgrade base", "current"],
    ],
    "effective": [["upgrade heads", "current"]],
    "threeway": [["upgrade head", "current", "downgrade a0", "current", "upgrade c0", "current"]],
}


def run(directory, url, words):
    config = Config()
    config.set_main_option("script_location", str(directory))
    config.set_main_option("sqlalchemy.url", url)
    out = io.StringIO()
    config.stdout = out
    err = io.StringIO()
    handler = logging.StreamHandler(err)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("alembic.runtime.migration")
    logger.setLevel(logging.INFO)
    logger.handlers = [handler]
    line = CommandLine("alembic")
    options = line.parser.parse_args(words)
    exit = 0
    complaint = io.StringIO()
    try:
        with contextlib.redirect_stderr(complaint):
            fn, positional, kwarg = options.cmd
            fn(config, *[getattr(options, k, None) for k in positional], **{k: getattr(options, k, None) for k in kwarg})
    except alembic.util.CommandError as error:
        exit = 1
    text = re.sub(r"Path: .*/", "Path: ", out.getvalue())
    running = [line for line in err.getvalue().splitlines() if line.startswith("Running")]
    return {"args": words, "exit": exit, "out": text.splitlines(), "running": running}


def main():
    recorded = {"alembic": alembic.__version__, "graphs": []}
    for name, revisions in GRAPHS.items():
        with tempfile.TemporaryDirectory() as home:
            directory = pathlib.Path(home) / "script"
            (directory / "versions").mkdir(parents=True)
            (directory / "env.py").write_text(ENV)
            for one in revisions:
                down = one["down"]
                down = None if not down else down[0] if len(down) == 1 else tuple(down)
                text = REVISION.format(
                    id=one["id"], message=one["message"], down=down,
                    labels=tuple(one["labels"]) or None, depends=tuple(one["depends"]) or None,
                )
                (directory / "versions" / f"{one['id']}_x.py").write_text(text)
            read = ["history", "history -v", "heads", "heads -v", "heads --resolve-dependencies", "branches"]
            read += [f"show {one['id']}" for one in revisions] + READ[name]
            sessions = [read] + SESSIONS[name]
            done = []
            for number, session in enumerate(sessions):
                url = f"sqlite:///{home}/{number}.db"
                done.append([run(directory, url, words.split()) for words in session])
            recorded["graphs"].append({"name": name, "revisions": revisions, "sessions": done})
    json.dump(recorded, sys.stdout, indent=1)
    sys.stdout.write("\n")


main()
