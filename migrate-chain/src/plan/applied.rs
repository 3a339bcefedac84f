use crate::chain::Chain;

/// What a database has applied: a set of revisions that holds, with each, all it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    pub(super) member: Vec<bool>,
}

impl Applied {
    /// Everything that the recorded revisions stand on, and they themselves.
    pub fn of_rows(chain: &Chain<'_>, rows: &[usize]) -> Applied {
        Applied {
            member: chain.closure(rows),
        }
    }

    /// True when the revision at a position is applied.
    pub fn contains(&self, position: usize) -> bool {
        self.member.get(position).copied().unwrap_or(false)
    }

    /// Positions of what is applied, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.member
            .iter()
            .enumerate()
            .filter(|(_, member)| **member)
            .map(|(at, _)| at)
    }

    /// True when nothing is.
    pub fn is_empty(&self) -> bool {
        !self.member.contains(&true)
    }

    /// What is recorded for it: the revisions that no other applied one stands on.
    pub fn rows(&self, chain: &Chain<'_>) -> Vec<usize> {
        let top = |&at: &usize| {
            !chain
                .required_by(at)
                .iter()
                .any(|&above| self.contains(above))
        };
        self.iter().filter(top).collect()
    }
}
