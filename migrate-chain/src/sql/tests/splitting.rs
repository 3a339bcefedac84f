use crate::Dialect::{self, Postgres, Sqlite};
use crate::sql::{Section, inspect, is_blank, statements};

fn split(script: &str, dialect: Dialect) -> Vec<&str> {
    let found: Vec<_> = statements(script, dialect).collect();
    assert_eq!(
        found,
        inspect(script, &Section::new(dialect)).statements,
        "{script}"
    );
    found
        .into_iter()
        .map(|statement| &script[statement.range])
        .collect()
}

/// `|` marks where each statement ends; white space around a statement is no part of it.
fn check(dialects: &[Dialect], marked: &str) {
    let script = marked.replace('|', "");
    let expected: Vec<&str> = marked
        .split('|')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    for dialect in dialects {
        assert_eq!(split(&script, *dialect), expected, "{dialect}: {marked}");
    }
}

#[test]
fn both_dialects() {
    for marked in [
        "",
        "select 1",
        "select 1;|select 2;|",
        "select 1;|\r\nselect 2|\r\n",
        "select 'a;b';|select 2;|",
        "select 'it''s; so';|select 2;|",
        "select '\\';|select 2;|",
        "select '''';|select '';|select 2;|",
        "select \"a;\"\"b\";|select 2;|",
        "select 1 -- a;b 'c\n;|select 2;|",
        "select 1 /* a;b ' \" $$ */;|select 2;|",
        "select 1 /**/;|select 2 /***/;|select 3 /* * / */;|",
        "select 2*/* a */3;|select 2;|",
        "select 1 - -1;|select 4/2;|",
        "select 1/2;|select 2-1;|",
        "create table größe (\"naïve;\" int, ж int);|select 'ж;';|",
        "create table \"begin\" (\"end\" int);|select \"end\" from \"begin\";|",
        "insert into t values ('--;');|insert into t values ('/*;');|",
        "select case when 1 = 1 then 2 end;|select 2;|",
        "select 1e5, .5, 5.;|select 2;|",
        "select x'ab', X'00';|select 2;|",
        "select \"unclosed; select 2;",
        "select 'unclosed; select 2;",
    ] {
        check(&Dialect::ALL, marked);
    }
}

#[test]
fn postgres() {
    for marked in [
        // Literals with a prefix, and what continues them.
        "select E'a\\';b';|select 2;|",
        "select e'a\\\\';|select 2;|",
        "select E'a''\\'';|select 2;|",
        "select E'a'\n'\\';';|select 2;|",
        "select E'a' -- so;\n  '\\';';|select 2;|",
        "select 'a'\n'\\';|select 2;|",
        "select E'a';|\n'\\';|select ''",
        "select nameE'a\\';|select 2;|",
        "select U&'\\0041;''', U&\"a;\";|select 2;|",
        "select B'01;', N'a;', x'a;';|select 2;|",
        // Dollar quotes.
        "select $$a;b$$;|select 2;|",
        "select $a$ $b$ ; $$ $a$;|select 2;|",
        "select $a$ ; $A$ ; $a$;|select 2;|",
        "select $été$ ; $été$;|select 2;|",
        "select $_1$;$_1$;|select 2;|",
        "select a$b$;|select c$b$;|",
        "prepare p as select $1;|select $2;|",
        "select 1$a$;$a$;|select 2;|",
        "do $do$ begin perform 'x;'; end $do$;|select 2;|",
        // Comments nest, and a CR ends a line.
        "select 1 /* a /* b; */ ; */;|select 2;|",
        "select 1 /*/* ; */ ; **/;|select 2;|",
        "select 1 -- a;\r;|select 2;|",
        // Square brackets and backquotes quote nothing.
        "select a[1], '{a;b}'::text[];|select 2;|",
        // Parentheses.
        "create rule r as on insert to t do also (select 1; select 2);|select 2;|",
        "select ')', (1), \")\";|select 2;|",
        "select (1;\nselect 2;",
        "select 1);|select 2;|",
        // Functions with a body of SQL.
        "create function f() returns int language sql begin atomic select 1; select 2; end;|select 2;|",
        "create or replace procedure f(a int) begin /* x */ atomic end;|select 2;|",
        "CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql BEGIN ATOMIC\n SELECT CASE WHEN x = 1 THEN 2 ELSE CASE x WHEN 2 \
         THEN 3 END END; SELECT 1 AS end; SELECT 2 end; SELECT (t.r).end FROM t; END;|select 2;|",
        "create function f() returns int begin atomic ; ; select 1; end|",
        "create function f(begin atomic) returns int return 1;|select 2;|",
        "create function begin() returns int return 1;|select 2;|",
        "create function f() returns int as $$ begin; $$ language plpgsql;|begin;|end;|",
        "begin;|select 1;|end;|",
        "create function f() begin atomic select 1; select 2;",
        // A trigger has no body.
        "create trigger r after insert on t execute function f();|select 2;|",
    ] {
        check(&[Postgres], marked);
    }
}

#[test]
fn sqlite() {
    for marked in [
        "select `a;``b`, [c;d], [[];|select 2;|",
        "select 1 /* a /* b */;|select 2 */;|",
        "select 1 -- a\r; still\n;|select 2;|",
        "select E'\\';|select 2;|",
        "select $$;|$a$;|",
        "select $a, :b, @c, ?1, #d;|select 2;|",
        "select (1;|select 2);|",
        "create trigger r after insert on t begin select 1; select 2; end;|select 2;|",
        "CREATE TEMP TRIGGER IF NOT EXISTS r AFTER INSERT ON t BEGIN SELECT 1; END;|select 2;|",
        "create temporary trigger r after insert on t begin select 1; end|",
        "create trigger r after insert on t begin select case when 1 then 2 end; select 1 as end; end;|select 2;|",
        "create trigger begin after insert on t begin select \"end\" from [begin]; end;|select 2;|",
        "create trigger r after insert on t begin select 1; /* ; end; */ -- end\n end;|select 2;|",
        "create /* x */ trigger r after insert on t begin select 1;;end;|select 2;|",
        "explain create trigger r after insert on t begin select 1; end;|select 2;|",
        "explain query plan create trigger r after insert on t begin select 1; end;|select 2;|",
        "create table trigger (a);|select 2;|",
        "create trigger r after insert on t begin select 1; select 2;",
        "begin;|end;|",
    ] {
        check(&[Sqlite], marked);
    }
}

#[test]
fn empty_statements_and_comments_are_left_out() {
    assert_eq!(
        split(";; select 1;;\n;-- a\nselect 2 -- b\n", Sqlite),
        ["select 1;", "select 2"]
    );
    assert_eq!(split("\u{feff}select 1;\n/* a */", Postgres), ["select 1;"]);
    assert_eq!(split("\u{feff}-- a\nselect 1", Sqlite), ["select 1"]);
}

#[test]
fn shell_lines_start_no_statement() {
    assert_eq!(
        split("\\restrict it's\nselect 1;\n\\c db", Postgres),
        ["select 1;"]
    );
    assert_eq!(split(".mode it's\nselect 1;\n.quit", Sqlite), ["select 1;"]);
    assert_eq!(split("select 1\n.5;", Sqlite), ["select 1\n.5;"]);
}

#[test]
fn blank() {
    for script in [
        "",
        " \n\t\r\n",
        "-- a",
        "/* a */",
        ";",
        "\u{feff}",
        "-- a\n;;\n/* b */",
        "/* open",
    ] {
        assert!(is_blank(script), "{script}");
    }
    for script in ["a", "''", "\\.", ".", "/* /* */ select 1 */", "\0"] {
        assert!(!is_blank(script), "{script}");
    }
}
