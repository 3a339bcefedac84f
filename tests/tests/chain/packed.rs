//! The table that the macro writes says what the files say.

use expect_test::expect;
use migrate_chain::{Action, Dialect, Direction, Language, Packed};
use migrate_tests::Dag;
use proptest::prelude::*;

use super::support::{anything, load_dag, try_load};

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(seed in any::<u64>(), len in 1usize..60) {
        let dag = Dag::random(seed, len);
        let loaded = load_dag(&dag);
        let packed = loaded.packed();
        let chain = packed.chain().unwrap();
        prop_assert_eq!(chain.len(), len);
        let ids = |positions: &[usize]| -> Vec<&str> {
            positions.iter().map(|&at| chain.get(at).id).collect()
        };
        let named = |list: &[usize]| -> Vec<&str> {
            list.iter().map(|&at| dag.nodes[at].id.as_str()).collect()
        };
        for (at, (path, text)) in dag.files().iter().enumerate() {
            let node = &dag.nodes[at];
            let position = chain.index_of(&node.id).unwrap();
            let revision = chain.get(position);
            prop_assert_eq!(revision.id, &node.id);
            prop_assert_eq!(revision.path, path);
            prop_assert_eq!(revision.message, format!("make {}", Dag::table(at)));
            prop_assert_eq!(revision.language, Language::Sql);
            prop_assert_eq!((revision.created, revision.version, revision.breaking), (None, None, None));
            prop_assert_eq!(&revision.labels, &node.labels);
            prop_assert!(revision.replaces.is_empty() && revision.alias().is_none());
            prop_assert_eq!(ids(chain.parents(position)), named(&node.parents));
            prop_assert_eq!(ids(chain.dependencies(position)), named(&node.depends_on));
            prop_assert!(revision.fingerprint(Dialect::Sqlite).is_some());
            prop_assert!(revision.fingerprint(Dialect::Postgres).is_none());
            for direction in [Direction::Upgrade, Direction::Downgrade] {
                let Action::Script(script) = revision.action(direction, Dialect::Sqlite) else {
                    panic!("no script");
                };
                prop_assert_eq!(text.get(script.offset..script.offset + script.text.len()), Some(script.text));
                prop_assert!(script.text.contains(&Dag::table(at)));
                prop_assert_eq!(revision.action(direction, Dialect::Postgres), &Action::Absent);
            }
        }
        let header = packed.header().unwrap();
        prop_assert_eq!((header.name, header.root), (chain.name, chain.root));
        let heads: Vec<_> = header.effective_heads(Dialect::Sqlite).map(|head| (head.id, head.alias, Some(head.fingerprint))).collect();
        let expected: Vec<_> = (chain.effective_heads().into_iter())
            .map(|at| chain.get(at))
            .map(|head| (head.id, head.alias(), head.fingerprint(Dialect::Sqlite)))
            .collect();
        prop_assert_eq!(heads, expected);
        prop_assert_eq!(header.effective_heads(Dialect::Postgres).count(), 0);
    }

    #[test]
    fn no_table_panics(
        seed in any::<u64>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let loaded = load_dag(&Dag::random(seed, 6));
        let mut table = loaded.packed().table.to_vec();
        for (at, byte) in edits {
            let at = at.index(table.len());
            table[at] = byte;
        }
        if let Some(cut) = cut {
            table.truncate(cut.index(table.len() + 1));
        }
        let packed = Packed { table: &table, ..loaded.packed() };
        if let Ok(header) = packed.header() {
            for dialect in Dialect::ALL {
                let _ = header.effective_heads(dialect).count();
            }
        }
        if let Ok(chain) = packed.chain() {
            // Whatever it holds, asking is safe.
            let all: Vec<usize> = (0..chain.len()).collect();
            for &at in &all {
                let _ = (chain.labels(at).count(), chain.children(at), chain.index_of(chain.get(at).id));
                let _ = chain.get(at).locate(chain.root, 0..usize::MAX);
            }
            let _ = (chain.effective_heads(), chain.heads(), chain.closure(&all), chain.descendants(&[usize::MAX]));
        }
    }
}

/// Every field that a random history leaves empty.
#[test]
fn rare_fields() {
    const CARRIED: &str = "0a978103ce622714a3f35eeed879248c2a803f0108d98b9ffe4e0ba8a6ec041a";
    let sql = format!(
        "\u{feff}-- über\r\n-- revision: a1\r\n-- down_revision: none\r\n-- created: 2026-11-20\r\n-- version: v1\r\n\
         -- breaking: clients é fail\r\n-- replaces: old1, old2\r\n-- fingerprint (sqlite): {CARRIED}\r\n\
         -- fingerprint (postgres): {CARRIED}\r\n\r\n-- upgrade (postgres, no transaction)\r\nSELECT 'é';\r\nSELECT 2;\r\n\
         -- upgrade (sqlite, foreign keys off)\r\nSELECT 3;\r\n-- irreversible: no way\r\n"
    );
    let rust = "//! code\n//! revision: b1\n//! down_revision: a1\n//! downgrade: nothing\n\n\
        pub async fn upgrade(db: &mut AsyncContext<'_>) -> Result<()> { Ok(()) }\n";
    let mut options = anything();
    options.name = "billing".to_owned();
    options.dialects = Dialect::ALL.to_vec();
    let loaded = try_load([("a1.sql", sql.as_str()), ("x/b1.rs", rust)], &options)
        .unwrap_or_else(|p| panic!("{p}"));
    let chain = loaded.packed().chain().unwrap();
    let a = chain.get(0);
    assert_eq!(
        (chain.name, a.message, a.created, a.version),
        ("billing", "über", Some("2026-11-20"), Some("v1"))
    );
    assert_eq!(
        (a.breaking, a.alias()),
        (Some("clients é fail"), Some("old2"))
    );
    assert_eq!(a.replaces, ["old1", "old2"]);
    assert_eq!(a.fingerprint(Dialect::Sqlite).unwrap().to_string(), CARRIED);
    let Action::Script(script) = a.action(Direction::Upgrade, Dialect::Postgres) else {
        panic!()
    };
    let statements: Vec<&str> = script
        .statements
        .iter()
        .map(|range| &script.text[range.clone()])
        .collect();
    assert_eq!(statements.len(), 2, "{statements:?}");
    assert!(statements[0].contains("'é'") && statements[1].contains('2'));
    assert_eq!(
        sql.get(script.offset..script.offset + script.text.len()),
        Some(script.text)
    );
    assert_eq!(script.properties.to_words(), "no transaction");
    let (place, _) = a.locate(chain.root, script.offset..script.offset);
    assert_eq!(place.to_string(), "versions/a1.sql:12:1");
    let Action::Script(script) = a.action(Direction::Upgrade, Dialect::Sqlite) else {
        panic!()
    };
    assert_eq!(
        (
            script.properties.to_words().as_str(),
            script.statements.len()
        ),
        ("foreign keys off", 0)
    );
    for dialect in Dialect::ALL {
        assert_eq!(
            a.action(Direction::Downgrade, dialect),
            &Action::Irreversible("no way")
        );
    }
    let b = chain.get(1);
    assert_eq!((b.language, b.path), (Language::Rust, "x/b1.rs"));
    assert_eq!(
        b.action(Direction::Upgrade, Dialect::Sqlite),
        &Action::Code(Default::default())
    );
    assert_eq!(
        b.action(Direction::Downgrade, Dialect::Sqlite),
        &Action::Nothing
    );
    let alias: Vec<_> = loaded
        .packed()
        .header()
        .unwrap()
        .effective_heads(Dialect::Postgres)
        .map(|head| head.id)
        .collect();
    assert_eq!(alias, ["b1"]);
    // A text that changed under its table is noticed.
    let text = format!("{} ", loaded.packed().text);
    let packed = Packed {
        text: &text,
        ..loaded.packed()
    };
    let refused = packed.header().unwrap_err();
    expect!["Mismatch"].assert_eq(&format!("{refused:?}"));
    assert_eq!(
        format!("{:?}", packed.chain().unwrap_err()),
        format!("{refused:?}")
    );
}
