//! The models of a shop, created on both databases.

use expect_test::expect;
use migrate_runtime::{Dialect, Schema};
use migrate_schema::ddl;
use migrate_tests::postgres::Database;
use migrate_tests::{Postgres, postgres};
use rusqlite::Connection;

use super::shop::SCHEMA;

/// The models in a database of their own.
pub(crate) fn on_sqlite(schema: &Schema) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .pragma_update(None, "foreign_keys", true)
        .unwrap();
    let script = script(schema, Dialect::Sqlite);
    connection
        .execute_batch(&script)
        .unwrap_or_else(|error| panic!("{error}\n{script}"));
    connection
}

/// A PostgreSQL database made of the models.
pub(crate) fn on_postgres(schema: &Schema) -> Database {
    let database = Postgres::shared().database();
    let mut client = database.connect();
    let script = Postgres::shared().suited(&script(schema, Dialect::Postgres));
    client
        .batch_execute(&script)
        .unwrap_or_else(|error| panic!("{error}\n{script}"));
    database
}

fn script(schema: &Schema, dialect: Dialect) -> String {
    ddl::create(schema, dialect).unwrap_or_else(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("{}", problems.join("\n"))
    })
}

/// What SQLite's pragmas say of each table.
fn sqlite_catalog(connection: &Connection) -> String {
    const QUERY: &str = "
        SELECT 10 * rank, name || ' ' || what FROM (
            SELECT 0 AS rank, name, 'strict=' || strict || ' without_rowid=' || wr AS what
            FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'
            UNION ALL
            SELECT 1, m.name, format('%02d %s %s not_null=%d default=%s pk=%d hidden=%d', cid, c.name, c.type, \"notnull\", dflt_value, pk, hidden)
            FROM sqlite_schema m, pragma_table_xinfo(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
            UNION ALL
            SELECT 2, m.name, format('foreign key %s -> %s.%s delete=%s update=%s', \"from\", \"table\", \"to\", on_delete, on_update)
            FROM sqlite_schema m, pragma_foreign_key_list(m.name) WHERE m.type = 'table'
            UNION ALL
            SELECT 3, m.name, format('index %s origin=%s unique=%d partial=%d keys=%s',
                iif(i.origin = 'c', i.name, '-'), i.origin, i.\"unique\", i.partial,
                (SELECT group_concat(format('%s/%s%s', name, coll, iif(\"desc\", '/desc', '')), ' ')
                 FROM pragma_index_xinfo(i.name) WHERE key))
            FROM sqlite_schema m, pragma_index_list(m.name) i WHERE m.type = 'table'
        ) ORDER BY name, rank, what";
    let mut statement = connection.prepare(QUERY).unwrap();
    let rows = statement
        .query_map([], |row| row.get::<_, String>(1))
        .unwrap();
    let rows: Vec<String> = rows.map(Result::unwrap).collect();
    rows.join("\n") + "\n"
}

/// What PostgreSQL's catalog says, the sides that no model has left out.
fn postgres_catalog(database: &Database) -> String {
    let dump = postgres::dump(&mut database.connect());
    let kinds = ["type ", "column ", "constraint ", "index ", "comment "];
    let lines = dump.lines().filter_map(|line| {
        let kept = kinds.iter().any(|kind| line.starts_with(kind));
        // From 18 on NOT NULL is a constraint too.
        let kept = kept && !line.contains(" NOT NULL ");
        kept.then(|| {
            let line = line.replace("public.", "").replace(" acl=", "");
            line.replace(" default= ", " ")
                .replace(" identity= ", " ")
                .replace(" generated= ", " ")
                .replace(" valid=t", "")
                .replace(" collation=\"default\"", "")
                .replace(" collation=-", "")
                .trim_end()
                .trim_end_matches(" collation=")
                .to_owned()
        })
    });
    lines.collect::<Vec<String>>().join("\n") + "\n"
}

#[test]
fn sqlite_shows_what_was_declared() {
    let connection = on_sqlite(&SCHEMA);
    expect![[r#"
        comments strict=0 without_rowid=0
        comments 00 id INTEGER not_null=0 default= pk=1 hidden=0
        comments 01 parent_id INTEGER not_null=0 default=0 pk=0 hidden=0
        comments 02 post_id INTEGER not_null=1 default= pk=0 hidden=0
        comments 03 text TEXT not_null=0 default= pk=0 hidden=0
        comments 04 note TEXT not_null=1 default= pk=0 hidden=0
        comments foreign key parent_id -> comments.id delete=SET DEFAULT update=NO ACTION
        comments foreign key post_id -> posts.id delete=NO ACTION update=NO ACTION
        comments index ix_comments_post_id origin=c unique=0 partial=0 keys=post_id/BINARY
        legacy_item strict=1 without_rowid=0
        legacy_item 00 id INTEGER not_null=0 default= pk=1 hidden=0
        legacy_item 01 code TEXT not_null=1 default='none' pk=0 hidden=0
        legacy_item 02 kind INTEGER not_null=1 default= pk=0 hidden=0
        legacy_item foreign key kind -> order.type delete=NO ACTION update=NO ACTION
        measurements_of_all_the_sensors_that_we_have_ever_put_out_there strict=0 without_rowid=0
        measurements_of_all_the_sensors_that_we_have_ever_put_out_there 00 at INTEGER not_null=1 default= pk=0 hidden=0
        measurements_of_all_the_sensors_that_we_have_ever_put_out_there 01 value REAL not_null=1 default= pk=0 hidden=0
        measurements_of_all_the_sensors_that_we_have_ever_put_out_there index ix_measurements_of_all_the_sensors_that_we_have_ever_p_cc437543 origin=c unique=0 partial=0 keys=value/BINARY
        measurements_of_all_the_sensors_that_we_have_ever_put_out_there index ix_measurements_of_all_the_sensors_that_we_have_ever_p_e5b1dddf origin=c unique=0 partial=0 keys=at/BINARY
        memberships strict=0 without_rowid=1
        memberships 00 org_id INTEGER not_null=1 default= pk=1 hidden=0
        memberships 01 user_id INTEGER not_null=1 default= pk=2 hidden=0
        memberships 02 active INTEGER not_null=1 default=TRUE pk=0 hidden=0
        memberships 03 since TEXT not_null=1 default=CURRENT_TIMESTAMP pk=0 hidden=0
        memberships foreign key org_id -> users.org_id delete=CASCADE update=RESTRICT
        memberships foreign key user_id -> users.id delete=CASCADE update=RESTRICT
        memberships index - origin=pk unique=1 partial=0 keys=org_id/BINARY user_id/BINARY
        order strict=0 without_rowid=0
        order 00 type INTEGER not_null=0 default= pk=1 hidden=0
        order 01 group INTEGER not_null=1 default= pk=0 hidden=0
        order 02 a "quoted" column REAL not_null=1 default= pk=0 hidden=0
        order index - origin=u unique=1 partial=0 keys=a "quoted" column/BINARY
        order index ix_order_type_group origin=c unique=0 partial=0 keys=type/BINARY group/BINARY
        orgs strict=0 without_rowid=0
        orgs 00 id INTEGER not_null=0 default= pk=1 hidden=0
        orgs 01 name TEXT not_null=1 default= pk=0 hidden=0
        orgs index ix_orgs_name origin=c unique=0 partial=0 keys=name/NOCASE
        people strict=0 without_rowid=0
        people 00 id INTEGER not_null=0 default= pk=1 hidden=0
        people 01 team_id INTEGER not_null=1 default= pk=0 hidden=0
        people foreign key team_id -> teams.id delete=NO ACTION update=NO ACTION
        post_tags strict=0 without_rowid=0
        post_tags 00 post_id INTEGER not_null=1 default= pk=1 hidden=0
        post_tags 01 tag_id INTEGER not_null=1 default= pk=2 hidden=0
        post_tags foreign key post_id -> posts.id delete=NO ACTION update=NO ACTION
        post_tags foreign key tag_id -> tags.id delete=NO ACTION update=NO ACTION
        post_tags index - origin=pk unique=1 partial=0 keys=post_id/BINARY tag_id/BINARY
        posts strict=0 without_rowid=0
        posts 00 id INTEGER not_null=0 default= pk=1 hidden=0
        posts 01 author_id INTEGER not_null=0 default= pk=0 hidden=0
        posts 02 title TEXT not_null=1 default= pk=0 hidden=0
        posts 03 slug TEXT not_null=1 default= pk=0 hidden=0
        posts 04 body TEXT not_null=1 default='' pk=0 hidden=0
        posts 05 weight INTEGER not_null=1 default=1 + 1 pk=0 hidden=0
        posts 06 double_weight INTEGER not_null=1 default= pk=0 hidden=3
        posts 07 published_at TEXT not_null=0 default= pk=0 hidden=0
        posts 08 mood TEXT not_null=1 default= pk=0 hidden=0
        posts 09 last_mood TEXT not_null=1 default='so-so' pk=0 hidden=0
        posts foreign key author_id -> people.id delete=SET NULL update=CASCADE
        posts index ix_posts_author_id_published_at origin=c unique=0 partial=0 keys=author_id/BINARY published_at/BINARY/desc
        posts index ix_posts_covering origin=c unique=0 partial=0 keys=author_id/BINARY
        posts index ix_posts_slug origin=c unique=1 partial=1 keys=slug/BINARY
        tags strict=0 without_rowid=0
        tags 00 id INTEGER not_null=0 default= pk=1 hidden=0
        tags 01 label TEXT not_null=1 default= pk=0 hidden=0
        tags 02 parent INTEGER not_null=0 default= pk=0 hidden=0
        tags 03 position INTEGER not_null=1 default= pk=0 hidden=0
        tags index - origin=u unique=1 partial=0 keys=label/BINARY parent/BINARY
        tags index - origin=u unique=1 partial=0 keys=position/BINARY
        teams strict=0 without_rowid=0
        teams 00 id INTEGER not_null=0 default= pk=1 hidden=0
        teams 01 lead_id INTEGER not_null=1 default= pk=0 hidden=0
        teams foreign key lead_id -> people.id delete=NO ACTION update=NO ACTION
        users strict=1 without_rowid=0
        users 00 id INTEGER not_null=1 default= pk=2 hidden=0
        users 01 email TEXT not_null=1 default= pk=0 hidden=0
        users 02 org_id INTEGER not_null=1 default= pk=1 hidden=0
        users 03 age INTEGER not_null=1 default=0 pk=0 hidden=0
        users 04 email_lower TEXT not_null=1 default= pk=0 hidden=3
        users 05 settings TEXT not_null=1 default= pk=0 hidden=0
        users 06 mood TEXT not_null=0 default= pk=0 hidden=0
        users 07 deleted_at TEXT not_null=0 default= pk=0 hidden=0
        users foreign key org_id -> orgs.id delete=CASCADE update=NO ACTION
        users index - origin=pk unique=1 partial=0 keys=org_id/BINARY id/BINARY
        users index - origin=u unique=1 partial=0 keys=email/BINARY
        users index - origin=u unique=1 partial=0 keys=org_id/BINARY email/BINARY
        users index ix_users_email origin=c unique=0 partial=1 keys=email/BINARY
        users index ix_users_lower_email origin=c unique=0 partial=0 keys=/BINARY
    "#]].assert_eq(&sqlite_catalog(&connection));
}

#[test]
fn postgres_shows_what_was_declared() {
    if !Postgres::shared().has("NULLS NOT DISTINCT", 15) {
        return;
    }
    let database = on_postgres(&SCHEMA);
    expect![[r#"
        type mood kind=e base= not_null=f labels={very_good,so-so,"it's bad"} checks=
        column "order".0001 type integer not_null=t
        column "order".0002 "group" integer not_null=t
        column "order".0003 "a ""quoted"" column" double precision not_null=t
        column comments.0001 id bigint not_null=t identity=d
        column comments.0002 parent_id bigint not_null=f default=0
        column comments.0003 post_id bigint not_null=t
        column comments.0004 text text not_null=f
        column comments.0005 note text not_null=t
        column legacy_item.0001 id bigint not_null=t default=nextval('legacy_item_id_seq'::regclass)
        column legacy_item.0002 code character varying(20) not_null=t default='none'::character varying
        column legacy_item.0003 kind integer not_null=t
        column measurements_of_all_the_sensors_that_we_have_ever_put_out_there.0001 at bigint not_null=t
        column measurements_of_all_the_sensors_that_we_have_ever_put_out_there.0002 value real not_null=t
        column memberships.0001 org_id bigint not_null=t
        column memberships.0002 user_id bigint not_null=t
        column memberships.0003 active boolean not_null=t default=true
        column memberships.0004 since timestamp with time zone not_null=t default=now()
        column orgs.0001 id bigint not_null=t identity=d
        column orgs.0002 name text not_null=t collation="C"
        column people.0001 id bigint not_null=t
        column people.0002 team_id bigint not_null=t
        column post_tags.0001 post_id bigint not_null=t
        column post_tags.0002 tag_id bigint not_null=t
        column posts.0001 id bigint not_null=t identity=a
        column posts.0002 author_id bigint not_null=f
        column posts.0003 title text not_null=t
        column posts.0004 slug text not_null=t
        column posts.0005 body text not_null=t default=''::text
        column posts.0006 weight integer not_null=t default=(1 + 1)
        column posts.0007 double_weight integer not_null=t default=(weight * 2) generated=s
        column posts.0008 published_at text not_null=f
        column posts.0009 mood mood not_null=t
        column posts.0010 last_mood text not_null=t default='so-so'::text
        column tags.0001 id bigint not_null=t
        column tags.0002 label text not_null=t
        column tags.0003 parent bigint not_null=f
        column tags.0004 "position" integer not_null=t
        column teams.0001 id bigint not_null=t
        column teams.0002 lead_id bigint not_null=t
        column users.0001 id bigint not_null=t
        column users.0002 email text not_null=t
        column users.0003 org_id bigint not_null=t
        column users.0004 age smallint not_null=t default=0
        column users.0005 email_lower text not_null=t default=lower(email) generated=s
        column users.0006 settings jsonb not_null=t
        column users.0007 mood mood not_null=f
        column users.0008 deleted_at text not_null=f
        constraint "order" "uq_order_a ""quoted"" column" UNIQUE ("a ""quoted"" column")
        constraint "order" pk_order PRIMARY KEY (type)
        constraint comments fk_comments_parent_id FOREIGN KEY (parent_id) REFERENCES comments(id) ON DELETE SET DEFAULT
        constraint comments fk_comments_post_id FOREIGN KEY (post_id) REFERENCES posts(id)
        constraint comments pk_comments PRIMARY KEY (id)
        constraint legacy_item fk_legacy_item_kind FOREIGN KEY (kind) REFERENCES "order"(type)
        constraint legacy_item pk_legacy_item PRIMARY KEY (id)
        constraint measurements_of_all_the_sensors_that_we_have_ever_put_out_there ck_measurements_of_all_the_sensors_that_we_have_ever_p_9719a6bb CHECK ((value > ('-274'::integer)::double precision))
        constraint memberships fk_member FOREIGN KEY (org_id, user_id) REFERENCES users(org_id, id) ON UPDATE RESTRICT ON DELETE CASCADE DEFERRABLE
        constraint memberships memberships_key PRIMARY KEY (org_id, user_id)
        constraint orgs ck_orgs_name CHECK ((name <> ''::text))
        constraint orgs pk_orgs PRIMARY KEY (id)
        constraint people fk_people_team_id FOREIGN KEY (team_id) REFERENCES teams(id) DEFERRABLE INITIALLY DEFERRED
        constraint people pk_people PRIMARY KEY (id)
        constraint post_tags fk_post_tags_post_id FOREIGN KEY (post_id) REFERENCES posts(id)
        constraint post_tags fk_post_tags_tag_id FOREIGN KEY (tag_id) REFERENCES tags(id)
        constraint post_tags pk_post_tags PRIMARY KEY (post_id, tag_id)
        constraint posts ck_posts_last_mood_enum CHECK ((last_mood = ANY (ARRAY['very_good'::text, 'so-so'::text, 'it''s bad'::text])))
        constraint posts fk_posts_author_id FOREIGN KEY (author_id) REFERENCES people(id) ON UPDATE CASCADE ON DELETE SET NULL
        constraint posts pk_posts PRIMARY KEY (id)
        constraint tags pk_tags PRIMARY KEY (id)
        constraint tags uq_tags_label_parent UNIQUE NULLS NOT DISTINCT (label, parent)
        constraint tags uq_tags_position UNIQUE ("position") DEFERRABLE INITIALLY DEFERRED
        constraint teams fk_teams_lead_id FOREIGN KEY (lead_id) REFERENCES people(id) DEFERRABLE INITIALLY DEFERRED
        constraint teams pk_teams PRIMARY KEY (id)
        constraint users ck_users_age CHECK ((age >= 0))
        constraint users fk_users_org_id FOREIGN KEY (org_id) REFERENCES orgs(id) ON DELETE CASCADE
        constraint users pk_users PRIMARY KEY (org_id, id)
        constraint users uq_users_email UNIQUE (email)
        constraint users uq_users_org_email UNIQUE (org_id, email)
        index "uq_order_a ""quoted"" column" CREATE UNIQUE INDEX "uq_order_a ""quoted"" column" ON "order" USING btree ("a ""quoted"" column")
        index ix_comments_post_id CREATE INDEX ix_comments_post_id ON comments USING btree (post_id)
        index ix_measurements_of_all_the_sensors_that_we_have_ever_p_cc437543 CREATE INDEX ix_measurements_of_all_the_sensors_that_we_have_ever_p_cc437543 ON measurements_of_all_the_sensors_that_we_have_ever_put_out_there USING btree (value)
        index ix_measurements_of_all_the_sensors_that_we_have_ever_p_e5b1dddf CREATE INDEX ix_measurements_of_all_the_sensors_that_we_have_ever_p_e5b1dddf ON measurements_of_all_the_sensors_that_we_have_ever_put_out_there USING btree (at)
        index ix_order_type_group CREATE INDEX ix_order_type_group ON "order" USING btree (type, "group")
        index ix_orgs_name CREATE INDEX ix_orgs_name ON orgs USING btree (name)
        index ix_posts_author_id_published_at CREATE INDEX ix_posts_author_id_published_at ON posts USING btree (author_id, published_at DESC NULLS LAST)
        index ix_posts_body CREATE INDEX ix_posts_body ON posts USING gin (to_tsvector('english'::regconfig, body))
        index ix_posts_covering CREATE INDEX ix_posts_covering ON posts USING btree (author_id) INCLUDE (title)
        index ix_posts_prefix CREATE INDEX ix_posts_prefix ON posts USING btree (title COLLATE "C" text_pattern_ops)
        index ix_posts_slug CREATE UNIQUE INDEX ix_posts_slug ON posts USING btree (slug) WHERE (published_at IS NOT NULL)
        index ix_users_email CREATE INDEX ix_users_email ON users USING btree (email) WHERE (deleted_at IS NULL)
        index ix_users_lower_email CREATE INDEX ix_users_lower_email ON users USING btree (lower(email))
        index memberships_key CREATE UNIQUE INDEX memberships_key ON memberships USING btree (org_id, user_id)
        index pk_comments CREATE UNIQUE INDEX pk_comments ON comments USING btree (id)
        index pk_legacy_item CREATE UNIQUE INDEX pk_legacy_item ON legacy_item USING btree (id)
        index pk_order CREATE UNIQUE INDEX pk_order ON "order" USING btree (type)
        index pk_orgs CREATE UNIQUE INDEX pk_orgs ON orgs USING btree (id)
        index pk_people CREATE UNIQUE INDEX pk_people ON people USING btree (id)
        index pk_post_tags CREATE UNIQUE INDEX pk_post_tags ON post_tags USING btree (post_id, tag_id)
        index pk_posts CREATE UNIQUE INDEX pk_posts ON posts USING btree (id)
        index pk_tags CREATE UNIQUE INDEX pk_tags ON tags USING btree (id)
        index pk_teams CREATE UNIQUE INDEX pk_teams ON teams USING btree (id)
        index pk_users CREATE UNIQUE INDEX pk_users ON users USING btree (org_id, id)
        index uq_tags_label_parent CREATE UNIQUE INDEX uq_tags_label_parent ON tags USING btree (label, parent) NULLS NOT DISTINCT
        index uq_tags_position CREATE UNIQUE INDEX uq_tags_position ON tags USING btree ("position")
        index uq_users_email CREATE UNIQUE INDEX uq_users_email ON users USING btree (email)
        index uq_users_org_email CREATE UNIQUE INDEX uq_users_org_email ON users USING btree (org_id, email)
        comment column settings of table users "what's chosen"
        comment table users "people who sign in"
        comment type mood "of a day"
    "#]].assert_eq(&postgres_catalog(&database));
}

/// What no pragma tells.
#[test]
fn sqlite_keeps_to_what_was_declared() {
    let connection = on_sqlite(&SCHEMA);
    let run = |sql: &str| {
        connection
            .execute_batch(sql)
            .map_err(|error| error.to_string())
    };
    run("INSERT INTO orgs (name) VALUES ('a'); DELETE FROM orgs; INSERT INTO orgs (name) VALUES ('b')")
        .unwrap();
    let id: i64 = connection
        .query_row("SELECT id FROM orgs", [], |row| row.get(0))
        .unwrap();
    assert_eq!(id, 2, "AUTOINCREMENT gives no number twice");
    run("INSERT INTO users (org_id, id, email, age, settings) VALUES (2, 1, 'A@x', 3, '{}')")
        .unwrap();
    let lower: String =
        (connection.query_row("SELECT email_lower FROM users", [], |row| row.get(0))).unwrap();
    assert_eq!(lower, "a@x");
    for (sql, refused) in [
        (
            "UPDATE users SET age = -1",
            "CHECK constraint failed: ck_users_age",
        ),
        (
            "UPDATE users SET org_id = 7",
            "FOREIGN KEY constraint failed",
        ),
        (
            "UPDATE users SET age = 'x'",
            "cannot store TEXT value in INTEGER column users.age",
        ),
        (
            "UPDATE users SET mood = 'worse'",
            "CHECK constraint failed: ck_users_mood_enum",
        ),
    ] {
        assert_eq!(run(sql).unwrap_err(), refused, "{sql}");
    }
    run("UPDATE users SET mood = 'so-so'; DELETE FROM orgs").unwrap();
    let left: i64 = connection
        .query_row("SELECT count(*) FROM users", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0, "ON DELETE CASCADE");
    run("INSERT INTO post_tags VALUES (1, 1)").unwrap_err();
    run("PRAGMA foreign_keys = OFF; INSERT INTO post_tags VALUES (1, 1); INSERT INTO post_tags VALUES (1, 1)").unwrap();
}

/// Tables that refer to each other come in either order, and a row can wait for the other.
#[test]
fn cycles_are_closed_at_the_end() {
    let database = on_postgres(&SCHEMA);
    let mut client = database.connect();
    client
        .batch_execute("BEGIN; INSERT INTO teams (id, lead_id) VALUES (1, 1); INSERT INTO people (id, team_id) VALUES (1, 1); COMMIT")
        .unwrap();
    let connection = on_sqlite(&SCHEMA);
    connection
        .execute_batch("BEGIN; INSERT INTO teams (id, lead_id) VALUES (1, 1); INSERT INTO people (id, team_id) VALUES (1, 1); COMMIT")
        .unwrap();
}

#[test]
fn hints_are_told() {
    let hints = ddl::renames(&SCHEMA);
    assert_eq!(hints.tables["users"], "accounts");
    assert_eq!(
        hints.columns[&("users".to_owned(), "email".to_owned())],
        "mail"
    );
    assert_eq!(hints.enums["mood"], "feeling");
    assert_eq!(
        hints.values[&("mood".to_owned(), "so-so".to_owned())],
        "meh"
    );
    assert_eq!(hints.tables.len() + hints.columns.len(), 2);
}

/// Equal models make equal statements.
#[test]
fn rendering_is_deterministic() {
    for dialect in Dialect::ALL {
        assert_eq!(script(&SCHEMA, dialect), script(&SCHEMA, dialect));
    }
}
