use super::{Applied, Plan, Step};
use crate::chain::Chain;
use crate::file::Direction;

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
