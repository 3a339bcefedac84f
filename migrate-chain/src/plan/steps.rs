use super::applied::Applied;
use crate::Direction;
use crate::chain::Chain;

/// One revision in one direction, and what it changes in the recorded state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The revision's position.
    pub revision: usize,
    /// Which way.
    pub direction: Direction,
    /// Positions of the recorded revisions it replaces.
    pub removes: Vec<usize>,
    /// Positions of those it records.
    pub adds: Vec<usize>,
}

/// The steps from what is applied to a goal, in order. Made without a database.
///
/// ```
/// use migrate_chain::{Applied, Chain, Folder, Goal, Options, Plan, Target, load};
///
/// let mut folder = Folder::new("versions");
/// for (id, parent) in [("a", "none"), ("b", "a"), ("c", "b")] {
///     let text = format!("-- {id}\n-- revision: {id}\n-- down_revision: {parent}\n\n\
///         -- upgrade (sqlite): nothing\n-- downgrade: nothing\n");
///     folder.add(&format!("{id}.sql"), text.as_bytes());
/// }
/// let loaded = load(folder, &Options::new("versions"))?;
/// let chain = loaded.packed().chain()?;
/// let applied = Applied::of_rows(&chain, &[0]);
/// let plan = Plan::new(&chain, &applied, Goal::Upgrade(&"+1".parse()?))?;
/// let ids: Vec<&str> = plan.steps.iter().map(|step| chain.get(step.revision).id).collect();
/// assert_eq!(ids, ["b"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// Positions recorded before.
    pub from: Vec<usize>,
    /// Positions recorded after.
    pub to: Vec<usize>,
    /// True when the steps are recorded without running them.
    pub stamp: bool,
    /// What a person should know before agreeing, such as branches that go down with another.
    pub notes: Vec<String>,
}

impl Plan {
    /// The plan to a down-closed set of revisions, by position: what a run that takes several
    /// transactions carries on to, wherever another process has brought the database meanwhile.
    pub fn to(chain: &Chain<'_>, applied: &Applied, mut wanted: Vec<bool>) -> Plan {
        wanted.resize(chain.len(), false);
        change_to(chain, applied, wanted, false)
    }

    /// True when there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// The plan that adds what `reached` has beyond what is applied.
pub(super) fn change(
    chain: &Chain<'_>,
    applied: &Applied,
    mut reached: Vec<bool>,
    stamp: bool,
) -> Plan {
    applied.iter().for_each(|at| reached[at] = true);
    change_to(chain, applied, reached, stamp)
}

/// The plan from one down-closed set to another: first what goes, the newest first, then what
/// comes.
pub(super) fn change_to(
    chain: &Chain<'_>,
    applied: &Applied,
    wanted: Vec<bool>,
    stamp: bool,
) -> Plan {
    let file_order: Vec<usize> = chain
        .revisions()
        .iter()
        .map(|revision| revision.file_order)
        .collect();
    let order = |member: &dyn Fn(usize) -> bool| {
        let members: Vec<bool> = (0..chain.len()).map(member).collect();
        chain.graph.order(&chain.required_by, &file_order, &members)
    };
    let mut gone = order(&|at| applied.contains(at) && !wanted[at]);
    gone.reverse();
    let coming = order(&|at| !applied.contains(at) && wanted[at]);

    let mut state = State::new(chain, applied);
    let from = applied.rows(chain);
    let mut steps: Vec<Step> = gone.into_iter().map(|at| state.downgrade(at)).collect();
    steps.extend(coming.into_iter().map(|at| state.upgrade(at)));
    Plan {
        steps,
        from,
        to: Applied { member: wanted }.rows(chain),
        stamp,
        notes: Vec::new(),
    }
}

/// For each revision, how many applied ones stand on it: those with none are recorded.
struct State<'c> {
    chain: &'c Chain<'c>,
    above: Vec<usize>,
}

impl<'c> State<'c> {
    fn new(chain: &'c Chain<'_>, applied: &Applied) -> State<'c> {
        let mut above = vec![0; chain.len()];
        for at in applied.iter() {
            chain.graph.requires(at).for_each(|below| above[below] += 1);
        }
        State { chain, above }
    }

    fn upgrade(&mut self, revision: usize) -> Step {
        let mut removes = Vec::new();
        for below in self.chain.graph.requires(revision) {
            if self.above[below] == 0 {
                removes.push(below);
            }
            self.above[below] += 1;
        }
        Step {
            revision,
            direction: Direction::Upgrade,
            removes,
            adds: vec![revision],
        }
    }

    fn downgrade(&mut self, revision: usize) -> Step {
        let mut adds = Vec::new();
        for below in self.chain.graph.requires(revision) {
            self.above[below] -= 1;
            if self.above[below] == 0 {
                adds.push(below);
            }
        }
        Step {
            revision,
            direction: Direction::Downgrade,
            removes: vec![revision],
            adds,
        }
    }
}
