//! Any sequence of commands on any history does what the [model](super::model) does.

use std::collections::BTreeSet;

use migrate_chain::{Applied, Chain, Direction, Goal, Plan, Target, TargetError, TargetErrorKind};
use migrate_tests::Dag;
use migrate_tests::dag::Draw;
use proptest::prelude::*;

use super::support::load_dag;
use migrate_tests::model::{Model, Set, Wish};

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plans_are_the_models(
        seed in any::<u64>(),
        len in 1usize..40,
        commands in prop::collection::vec(any::<u64>(), 1..40),
    ) {
        follow(&Dag::random(seed, len), &commands);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plans_of_long_histories_are_the_models(
        seed in any::<u64>(),
        len in 150usize..300,
        commands in prop::collection::vec(any::<u64>(), 12),
    ) {
        follow(&Dag::random(seed, len), &commands);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_chain_is_the_models(seed in any::<u64>(), len in 1usize..60) {
        let dag = Dag::random(seed, len);
        let model = Model::new(&dag);
        let loaded = load_dag(&dag);
        let chain = loaded.packed().chain().unwrap();
        let all: Set = (0..len).collect();
        let order: Vec<&str> = model.order(&all).iter().map(|&at| dag.nodes[at].id.as_str()).collect();
        let ids: Vec<&str> = chain.revisions().iter().map(|revision| revision.id).collect();
        prop_assert_eq!(order, ids);
        let node = |position: usize| index(&dag, &chain, position);
        let set = |positions: Vec<usize>| positions.into_iter().map(node).collect::<Set>();
        prop_assert_eq!(set(chain.heads()), model.heads());
        prop_assert_eq!(set(chain.bases()), model.bases());
        prop_assert_eq!(set(chain.effective_heads()), model.rows(&all));
        for position in 0..len {
            let labels: BTreeSet<&str> = chain.labels(position).collect();
            prop_assert_eq!(labels, model.labels(node(position)));
            prop_assert_eq!(chain.index_of(chain.get(position).id), Some(position));
        }
    }
}

fn index(dag: &Dag, chain: &Chain<'_>, position: usize) -> usize {
    let id = chain.get(position).id;
    dag.nodes.iter().position(|node| node.id == id).unwrap()
}

/// Runs the commands, one drawn from each number, on the chain and on the model.
fn follow(dag: &Dag, commands: &[u64]) {
    let loaded = load_dag(dag);
    let chain = loaded.packed().chain().unwrap();
    let model = Model::new(dag);
    let mut applied = Set::new();
    for &command in commands {
        let mut draw = Draw::new(command);
        let verb = ["upgrade", "upgrade", "downgrade", "stamp"][draw.below(4)];
        let count = if verb == "stamp" {
            1 + draw.below(3)
        } else {
            1
        };
        let wishes: Vec<Wish> = (0..count).map(|_| Wish::random(dag, &mut draw)).collect();
        let texts: Vec<String> = wishes.iter().map(Wish::text).collect();
        let said = format!(
            "{verb} {} at {:?}",
            texts.join(" "),
            names(dag, &model.rows(&applied))
        );

        let expected = match verb {
            "upgrade" => model.upgrade(&applied, &wishes[0]),
            "downgrade" => model.downgrade(&applied, &wishes[0]),
            _ => model
                .stamp(&applied, &wishes)
                .map(|rows| model.implied(&rows)),
        };
        let rows: Vec<usize> = (model.rows(&applied).iter())
            .map(|&at| chain.index_of(&dag.nodes[at].id).unwrap())
            .collect();
        let recorded = Applied::of_rows(&chain, &rows);
        let found: Set = recorded
            .iter()
            .map(|position| index(dag, &chain, position))
            .collect();
        assert_eq!(found, applied, "{said}");

        match (expected, plan(&chain, &recorded, verb, &texts)) {
            (Err(expected), Err(error)) => assert_eq!(error.kind, expected, "{said}: {error}"),
            (Ok(expected), Ok(plan)) => {
                steps(dag, &chain, &model, &applied, &expected, &plan, &said);
                applied = expected;
            }
            (expected, found) => {
                let expected = expected.map(|set| names(dag, &set));
                panic!("{said}: {expected:?}, not {found:?}")
            }
        }
    }
}

fn plan(
    chain: &Chain<'_>,
    applied: &Applied,
    verb: &str,
    texts: &[String],
) -> Result<Plan, TargetError> {
    let targets: Vec<Target> = texts
        .iter()
        .map(|text| text.parse())
        .collect::<Result<_, _>>()?;
    let goal = match verb {
        "upgrade" => Goal::Upgrade(&targets[0]),
        "downgrade" => Goal::Downgrade(&targets[0]),
        _ => Goal::Stamp(&targets),
    };
    Plan::new(chain, applied, goal)
}

/// The plan goes down from what is applied, then up to what is wanted, and after each step the
/// rows are what the model would record.
fn steps(
    dag: &Dag,
    chain: &Chain<'_>,
    model: &Model<'_>,
    applied: &Set,
    wanted: &Set,
    plan: &Plan,
    said: &str,
) {
    let node = |position: &usize| index(dag, chain, *position);
    let set = |positions: &[usize]| positions.iter().map(node).collect::<Set>();
    let mut expected: Vec<(usize, Direction)> =
        (model.order(&(applied - wanted)).into_iter().rev())
            .map(|at| (at, Direction::Downgrade))
            .collect();
    let coming = model.order(&(wanted - applied)).into_iter();
    expected.extend(coming.map(|at| (at, Direction::Upgrade)));
    let found: Vec<(usize, Direction)> = (plan.steps.iter())
        .map(|step| (node(&step.revision), step.direction))
        .collect();
    assert_eq!(found, expected, "{said}");

    let mut state = applied.clone();
    let mut rows = model.rows(applied);
    assert_eq!(set(&plan.from), rows, "{said}");
    for step in &plan.steps {
        match step.direction {
            Direction::Upgrade => state.insert(node(&step.revision)),
            Direction::Downgrade => state.remove(&node(&step.revision)),
        };
        for removed in &step.removes {
            assert!(
                rows.remove(&node(removed)),
                "{said}: {step:?} removes what is not there"
            );
        }
        for added in &step.adds {
            assert!(
                rows.insert(node(added)),
                "{said}: {step:?} adds what is there"
            );
        }
        assert_eq!(rows, model.rows(&state), "{said}: after {step:?}");
    }
    assert_eq!(set(&plan.to), rows, "{said}");
    assert_eq!(plan.is_empty(), applied == wanted, "{said}");
}

fn names<'d>(dag: &'d Dag, set: &Set) -> Vec<&'d str> {
    set.iter().map(|&at| dag.nodes[at].id.as_str()).collect()
}

/// The generator makes what the properties are about; a model that refuses everything would agree.
#[test]
fn histories_and_commands_are_varied() {
    let mut seen = BTreeSet::new();
    for seed in 0..200 {
        let dag = Dag::random(seed, 30);
        let nodes = &dag.nodes;
        let bases = nodes.iter().filter(|node| node.parents.is_empty()).count();
        seen.extend([
            (bases > 1).then_some("several bases"),
            nodes
                .iter()
                .any(|n| n.parents.len() > 1)
                .then_some("merges"),
            nodes
                .iter()
                .any(|n| !n.depends_on.is_empty())
                .then_some("dependencies"),
            nodes
                .iter()
                .any(|n| !n.labels.is_empty())
                .then_some("labels"),
        ]);
        let model = Model::new(&dag);
        let mut applied = Set::new();
        let mut draw = Draw::new(seed);
        for _ in 0..40 {
            let wish = Wish::random(&dag, &mut draw);
            let (up, result) = if draw.percent(60) {
                (true, model.upgrade(&applied, &wish))
            } else {
                (false, model.downgrade(&applied, &wish))
            };
            seen.insert(Some(match &result {
                Ok(set) if *set == applied => "nothing to do",
                Ok(_) if up => "upgraded",
                Ok(_) => "downgraded",
                Err(TargetErrorKind::Malformed) => "malformed",
                Err(TargetErrorKind::NotFound) => "not found",
                Err(TargetErrorKind::Ambiguous) => "ambiguous",
                Err(TargetErrorKind::TooFar) => "too far",
                Err(TargetErrorKind::AlreadyPast) => "already past",
                Err(TargetErrorKind::NotApplied) => "not applied",
                Err(other) => panic!("{other:?}"),
            }));
            applied = result.unwrap_or(applied);
        }
    }
    seen.remove(&None);
    assert_eq!(seen.len(), 13, "{seen:?}");
}
