//! Valid scripts, made of whatever could mislead a reader about where a statement ends.

use migrate_chain::Dialect;
use migrate_tests::dag::Draw;

/// What [`script`] counts on.
pub(crate) const TABLE: &str =
    "CREATE TABLE t (a TEXT, b TEXT); INSERT INTO t VALUES ('one', 'uno'), ('two', 'due');";

/// A script and its statements. A smaller `len` of the same seed is its beginning.
pub(crate) fn script(seed: u64, len: usize, dialect: Dialect) -> (String, Vec<String>) {
    let mut script = String::new();
    let mut statements = Vec::new();
    if Draw::new(seed).percent(10) {
        script.push('\u{feff}');
    }
    for number in 0..len {
        let seed = seed ^ (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut writer = Writer {
            draw: Draw::new(seed),
            dialect,
            number,
            text: String::new(),
        };
        for _ in 0..writer.draw.below(3) {
            let between = writer.gap(true);
            script.push_str(&between);
            if writer.draw.percent(10) {
                script.push(';');
            }
        }
        writer.statement();
        // The last one needs no `;`.
        if number + 1 < len || writer.draw.percent(70) {
            writer.glue(";");
        }
        script.push_str(&writer.text);
        statements.push(writer.text);
    }
    let mut draw = Draw::new(!seed);
    // SQLite keeps a comment behind a view that no `;` ends as part of its text.
    let ends = if script.ends_with(';') { 5 } else { 3 };
    script.push_str(["", "\n", "\r\n", " -- ; the end", "\n/* ';' */"][draw.below(ends)]);
    (script, statements)
}

/// Writes one statement.
struct Writer {
    draw: Draw,
    dialect: Dialect,
    /// Makes names unique.
    number: usize,
    text: String,
}

impl Writer {
    fn is_sqlite(&self) -> bool {
        self.dialect == Dialect::Sqlite
    }

    fn one_of<'w>(&mut self, words: &[&'w str]) -> &'w str {
        words[self.draw.below(words.len())]
    }

    /// What may stand between two tokens; nothing, where that is said.
    fn gap(&mut self, or_nothing: bool) -> String {
        let both: &[&str] = &[
            " ",
            " ",
            " ",
            "\n",
            "\r\n",
            "\t",
            " \u{c} ",
            " -- it's; \"so\" $$ [ ` /*\n",
            "--\n",
            "/**/",
            " /* ; ' \" $$ -- */ ",
            "/***/",
            " /* end; */ -- */\n",
            " /* ж; */ ",
        ];
        let own: &[&str] = match self.dialect {
            Dialect::Sqlite => &["/* /* ; */", " -- a\r; b\n"],
            _ => &[
                "/* /* ; */ ; */",
                "/*/*/**/;*/ */",
                " -- a\r",
                "/* /* ' */ $a$ */",
            ],
        };
        match self.draw.below(12) {
            0..=2 if or_nothing => String::new(),
            0 | 1 => self.one_of(own).to_owned(),
            _ => self.one_of(both).to_owned(),
        }
    }

    /// A token, behind a gap if anything stands before it.
    fn put(&mut self, token: &str) {
        if !self.text.is_empty() {
            let gap = self.gap(false);
            self.text.push_str(&gap);
        }
        self.text.push_str(token);
    }

    /// A token that needs no gap.
    fn glue(&mut self, token: &str) {
        let gap = self.gap(true);
        // A `-` or `/` before it is part of the gap: no token of ours ends in one.
        self.text.push_str(&gap);
        self.text.push_str(token);
    }

    /// Words and symbols that single spaces separate.
    fn words(&mut self, words: &str) {
        for word in words.split(' ') {
            let cased = match self.draw.below(3) {
                0 => word.to_ascii_lowercase(),
                _ => word.to_owned(),
            };
            match word {
                "(" | ")" | "," | ";" | "=" => self.glue(&cased),
                _ => self.put(&cased),
            }
        }
    }

    fn literal(&mut self) {
        let both: &[&str] = &[
            "';'",
            "'it''s; '",
            "''''",
            "''",
            "'--;'",
            "'/* ;'",
            "'*/'",
            "'\\'",
            "'ж; ü 🦀'",
            "'line\nbreak;\n'",
            "'$$;'",
            "'begin; end; '",
            "'\"'",
        ];
        let own: &[&str] = match self.dialect {
            Dialect::Sqlite => &["x'3b27'", "X''"],
            _ => &[
                "E'\\';'",
                "e'\\\\'",
                "E'a''\\'; '",
                "E'one\\''\n  '\\'; two'",
                "'one'\n'\\'",
                "'one;' -- ';\n  'two;'",
                "U&'\\0041;'''",
                "u&'d!0061;' UESCAPE '!'",
                "N'n;'",
                "$$;'$$",
                "$$$$",
                "$a$ ; $$ $b$ ; $a$",
                "$A$ $a$ ; $A$",
                "$été$ ; ' $été$",
                "$_1$ $1; $_1$",
                "('{1;2}'::text[])[1]",
            ],
        };
        let literal = match self.draw.below(2) {
            0 => self.one_of(both),
            _ => self.one_of(own),
        };
        self.put(literal);
    }

    /// An identifier that no other statement has; the quotes hold what would end a statement outside of them.
    fn name(&mut self) -> String {
        let number = self.number;
        let kinds = if self.is_sqlite() { 8 } else { 7 };
        match self.draw.below(kinds) {
            0 => format!("\"n;{number}\""),
            1 => format!("\"n\"\"'{number}\""),
            2 => format!("größe{number}"),
            3 => format!("ж_{number}$"),
            4 => format!("\"-- /* {number}\""),
            5 if self.is_sqlite() => format!("`n;``'{number}`"),
            6 if self.is_sqlite() => format!("[n;\"'[{number}]"),
            5 => format!("U&\"n\\003B;{number}\""),
            _ => format!("n${number}$"),
        }
    }

    /// A column's name; keywords that a column may be called are among them.
    fn column(&mut self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => {
                self.one_of(&["\"end;\"", "[end;]", "`;`", "end", "begin", "trigger", "ж"])
            }
            _ => self.one_of(&[
                "\"end;\"",
                "\"begin\"",
                "atomic",
                "begin",
                "function",
                "ж$a$",
            ]),
        }
    }

    fn value(&mut self) {
        match self.draw.below(4) {
            0 => {
                self.words("CASE WHEN a =");
                self.literal();
                self.words("THEN");
                self.literal();
                self.words("ELSE CASE b WHEN");
                self.literal();
                self.words("THEN b END END");
            }
            1 => {
                self.words("b ||");
                self.literal();
            }
            _ => self.literal(),
        }
    }

    fn statement(&mut self) {
        match self.draw.below(9) {
            0 | 1 => self.change(),
            2 => {
                let name = self.name();
                self.words("CREATE TABLE");
                self.put(&name);
                self.words("( id INTEGER ,");
                let column = self.column();
                self.put(column);
                self.words("TEXT DEFAULT");
                self.literal();
                self.words(")");
            }
            3 => {
                let name = self.name();
                self.words("CREATE VIEW");
                self.put(&name);
                self.words("AS SELECT a ,");
                self.value();
                self.words("AS");
                let column = self.column();
                self.put(column);
                self.words("FROM t");
            }
            4 => self.query(),
            _ if self.is_sqlite() => self.trigger(),
            5 => self.atomic(),
            6 => self.rule(),
            7 => self.block(),
            _ => self.comment(),
        }
    }

    fn change(&mut self) {
        match self.draw.below(3) {
            0 => {
                self.words("UPDATE t SET b =");
                self.value();
                self.words("WHERE a <>");
                self.literal();
            }
            1 => {
                self.words("DELETE FROM t WHERE a =");
                self.literal();
            }
            _ => {
                self.words("INSERT INTO t VALUES (");
                self.literal();
                self.words(",");
                self.literal();
                self.words(")");
            }
        }
    }

    fn query(&mut self) {
        self.words("SELECT");
        self.value();
        self.words("AS");
        let column = self.column();
        self.put(column);
        self.words("FROM t");
    }

    fn body(&mut self) {
        for _ in 0..1 + self.draw.below(3) {
            if self.draw.percent(70) {
                self.change();
            } else {
                self.query();
            }
            self.glue(";");
        }
    }

    fn trigger(&mut self) {
        let name = self.name();
        let create = self.one_of(&[
            "CREATE TRIGGER",
            "CREATE TEMP TRIGGER",
            "CREATE TEMPORARY TRIGGER IF NOT EXISTS",
            "CREATE TRIGGER IF NOT EXISTS",
        ]);
        self.words(create);
        self.put(&name);
        // Of deletes only, and what deletes is guarded: else triggers would call each other without an end.
        self.words("AFTER DELETE ON t WHEN old.a =");
        self.literal();
        self.words("BEGIN");
        for _ in 0..1 + self.draw.below(3) {
            if self.draw.percent(50) {
                self.words("INSERT INTO t VALUES (");
                self.literal();
                self.words(", old.b )");
            } else {
                self.query();
            }
            self.glue(";");
        }
        self.words("END");
    }

    fn atomic(&mut self) {
        let name = self.name();
        let create = self.one_of(&["CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"]);
        self.words(create);
        self.put(&name);
        if self.draw.percent(50) {
            self.words("( x TEXT DEFAULT");
            self.literal();
            self.words(")");
        } else {
            self.words("( )");
        }
        self.words("RETURNS SETOF TEXT LANGUAGE sql BEGIN ATOMIC");
        self.body();
        self.words("SELECT a AS end FROM t ; END");
    }

    fn rule(&mut self) {
        let name = self.name();
        self.words("CREATE RULE");
        self.put(&name);
        self.words("AS ON DELETE TO t WHERE old.a =");
        self.literal();
        self.words("DO ALSO ( INSERT INTO t VALUES (");
        self.literal();
        self.words(", NULL ) ; INSERT INTO t VALUES ( NULL ,");
        self.literal();
        self.words(") )");
    }

    fn block(&mut self) {
        let body = "BEGIN\n  INSERT INTO t VALUES ('do; it''s', $q$;$q$); /* ; */\n  -- '\nEND;";
        let tag = self.one_of(&["$$", "$do$", "$ж$", "$_$"]);
        let quoted = format!("{tag}{body}{tag}");
        match self.draw.below(3) {
            0 => {
                self.words("DO");
                self.put(&quoted);
            }
            1 => {
                self.words("DO LANGUAGE plpgsql");
                self.put(&format!("'{}'", body.replace('\'', "''")));
            }
            _ => {
                let name = self.name();
                self.words("CREATE FUNCTION");
                self.put(&name);
                self.words("( ) RETURNS void LANGUAGE plpgsql AS");
                self.put(&quoted);
            }
        }
    }

    fn comment(&mut self) {
        self.words("COMMENT ON COLUMN t.a IS");
        // A type's brackets and a `UESCAPE` are no part of a comment's grammar.
        let text = self.one_of(&[
            "';'",
            "E'\\';'",
            "$$;'$$",
            "$a$ $$ ; $a$",
            "'one;'\n'two'",
            "'ж;'",
            "NULL",
        ]);
        self.put(text);
    }
}
