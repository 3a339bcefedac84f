//! What the command line's rules say, written down a second time: sets and brute force.

use std::collections::BTreeSet;

use migrate_chain::TargetErrorKind as Kind;

use crate::Dag;
use crate::dag::Draw;

/// Revisions, as indexes of the history.
pub type Set = BTreeSet<usize>;

/// A target before it is text.
#[derive(Debug, Clone)]
pub struct Wish {
    /// What stands before the `@`: a label or (part of) an id.
    pub branch: Option<String>,
    /// `head`, `heads`, `base`, `current`, a label or (part of) an id; absent before a relative step.
    pub symbol: Option<String>,
    /// What stands behind: `+2`, `-1`; 0 for nothing.
    pub offset: i64,
}

impl Wish {
    /// Draws one that may or may not name something of the history.
    pub fn random(dag: &Dag, draw: &mut Draw) -> Wish {
        let name = |draw: &mut Draw| {
            let node = &dag.nodes[draw.below(dag.nodes.len())];
            match draw.below(10) {
                0 => "zz9".to_owned(),
                1..=3 => node.id[..1 + draw.below(node.id.len())].to_owned(),
                4..=6 => {
                    let labels: Vec<&String> = dag.nodes.iter().flat_map(|n| &n.labels).collect();
                    match labels.len() {
                        0 => node.id.clone(),
                        len => labels[draw.below(len)].clone(),
                    }
                }
                _ => node.id.clone(),
            }
        };
        let branch = draw.percent(35).then(|| name(draw));
        let symbol = match draw.below(12) {
            0 | 1 => Some("head".to_owned()),
            2 => Some("heads".to_owned()),
            3 => Some("base".to_owned()),
            4 => Some("current".to_owned()),
            5..=7 => None,
            _ => Some(name(draw)),
        };
        let offset = match draw.below(4) {
            0 | 1 if symbol.is_some() => 0,
            _ => [-3, -2, -1, -1, 1, 1, 2, 4][draw.below(8)],
        };
        Wish {
            branch,
            symbol,
            offset,
        }
    }

    /// The target as a person types it.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if let Some(branch) = &self.branch {
            text += &format!("{branch}@");
        }
        text += self.symbol.as_deref().unwrap_or("");
        if self.offset != 0 {
            text += &format!("{:+}", self.offset);
        }
        text
    }

    fn is(&self, symbol: &str) -> bool {
        self.symbol.as_deref() == Some(symbol)
    }

    fn counts_from_current(&self) -> bool {
        self.symbol.is_none() || self.is("current")
    }
}

/// Where a walk stands.
#[derive(Clone, Copy)]
enum Stand {
    Base,
    /// Under this base.
    Under(usize),
    On(usize),
}

/// A history as sets.
pub struct Model<'d> {
    dag: &'d Dag,
    parents: Vec<Set>,
    children: Vec<Set>,
    requires: Vec<Set>,
    required_by: Vec<Set>,
}

impl<'d> Model<'d> {
    /// Reads a history.
    pub fn new(dag: &'d Dag) -> Model<'d> {
        let none = vec![Set::new(); dag.nodes.len()];
        let mut model = Model {
            dag,
            parents: none.clone(),
            children: none.clone(),
            requires: none.clone(),
            required_by: none,
        };
        for (at, node) in dag.nodes.iter().enumerate() {
            for &parent in &node.parents {
                model.parents[at].insert(parent);
                model.children[parent].insert(at);
            }
            for &below in node.parents.iter().chain(&node.depends_on) {
                model.requires[at].insert(below);
                model.required_by[below].insert(at);
            }
        }
        model
    }

    fn all(&self) -> Set {
        (0..self.dag.nodes.len()).collect()
    }

    /// The set and all that the lists lead to from it.
    fn spread(&self, from: &Set, next: &[Set]) -> Set {
        let mut reached = Set::new();
        let mut open: Vec<usize> = from.iter().copied().collect();
        while let Some(at) = open.pop() {
            if reached.insert(at) {
                open.extend(&next[at]);
            }
        }
        reached
    }

    /// The set and all that it stands on.
    pub fn implied(&self, of: &Set) -> Set {
        self.spread(of, &self.requires)
    }

    /// The set and all that stands on it.
    fn standing_on(&self, set: &Set) -> Set {
        self.spread(set, &self.required_by)
    }

    fn ancestors(&self, of: &Set) -> Set {
        self.spread(of, &self.parents)
    }

    fn descendants(&self, of: &Set) -> Set {
        self.spread(of, &self.children)
    }

    /// The revisions that no other of the set stands on.
    pub fn rows(&self, applied: &Set) -> Set {
        let below: Set = applied
            .iter()
            .flat_map(|&at| self.requires[at].clone())
            .collect();
        applied - &below
    }

    /// Of those that are ready, the smallest file name first.
    pub fn order(&self, members: &Set) -> Vec<usize> {
        let mut left = members.clone();
        let mut order = Vec::new();
        while !left.is_empty() {
            let ready = left
                .iter()
                .filter(|&&at| self.requires[at].is_disjoint(&left));
            let file = |at: usize| {
                let path = self.dag.nodes[at].path.as_str();
                (path.split('/').next_back(), path)
            };
            let next = ready.copied().min_by(|&a, &b| file(a).cmp(&file(b)));
            let next = next.unwrap_or_else(|| panic!("a cycle"));
            left.remove(&next);
            order.push(next);
        }
        order
    }

    /// The revisions that no other has as its parent.
    pub fn heads(&self) -> Set {
        let all = self.all().into_iter();
        all.filter(|&at| self.children[at].is_empty()).collect()
    }

    /// The revisions without parents.
    pub fn bases(&self) -> Set {
        let all = self.all().into_iter();
        all.filter(|&at| self.parents[at].is_empty()).collect()
    }

    /// To all descendants, and down to the nearest branch or merge point.
    pub fn labels(&self, of: usize) -> BTreeSet<&str> {
        let plain = |at: usize| self.required_by[at].len() <= 1 && self.parents[at].len() <= 1;
        let mut labels = BTreeSet::new();
        for (source, node) in self.dag.nodes.iter().enumerate() {
            let mut carriers = self.descendants(&Set::from([source]));
            let mut at = source;
            while plain(at) && self.parents[at].len() == 1 {
                at = self.parents[at].iter().sum();
                if plain(at) {
                    carriers.insert(at);
                }
            }
            if carriers.contains(&of) {
                labels.extend(node.labels.iter().map(String::as_str));
            }
        }
        labels
    }

    /// What the applied set becomes.
    pub fn upgrade(&self, applied: &Set, wish: &Wish) -> Result<Set, Kind> {
        self.grammar(wish)?;
        if wish.counts_from_current() && wish.offset < 0 {
            return Err(Kind::Malformed);
        }
        let branch = self.branch(wish)?;
        if wish.is("heads") {
            let reached = self.implied(&(&self.heads() & &branch.above));
            return Ok(applied | &reached);
        }
        let stand = self.stand(applied, wish, &branch)?;
        if wish.counts_from_current() && wish.offset == 0 {
            return Ok(applied.clone());
        }
        let past = match stand {
            Stand::Base => !applied.is_disjoint(&branch.lineage),
            Stand::Under(at) => applied.contains(&at),
            Stand::On(at) => {
                let rows = self.rows(applied);
                !rows.contains(&at) && self.ancestors(&rows).contains(&at)
            }
        };
        match stand {
            _ if past => Err(Kind::AlreadyPast),
            Stand::On(at) => Ok(applied | &self.implied(&Set::from([at]))),
            _ => Ok(applied.clone()),
        }
    }

    /// What the applied set becomes.
    pub fn downgrade(&self, applied: &Set, wish: &Wish) -> Result<Set, Kind> {
        self.grammar(wish)?;
        if wish.is("heads") || (wish.counts_from_current() && wish.offset > 0) {
            return Err(Kind::Malformed);
        }
        let branch = self.branch(wish)?;
        let gone: Set = if wish.counts_from_current() {
            if wish.offset == 0 {
                return Ok(applied.clone());
            }
            let start = self.start(applied, &branch)?;
            self.down(start, -wish.offset, &branch)?.1
        } else {
            match self.stand(applied, wish, &branch)? {
                Stand::Base => &self.bases() & &branch.lineage,
                Stand::Under(at) => Set::from([at]),
                Stand::On(at) if !applied.contains(&at) => return Err(Kind::NotApplied),
                Stand::On(at) => &self.children[at] & &branch.lineage,
            }
        };
        Ok(applied - &self.standing_on(&(&gone & applied)))
    }

    /// What the recorded rows become.
    pub fn stamp(&self, applied: &Set, wishes: &[Wish]) -> Result<Set, Kind> {
        let mut named = Set::new();
        let mut base = false;
        wishes.iter().try_for_each(|wish| self.grammar(wish))?;
        for wish in wishes {
            if wish.offset != 0 || wish.counts_from_current() {
                return Err(Kind::Malformed);
            }
            let branch = self.branch(wish)?;
            if wish.is("heads") {
                let heads = &self.heads() & &branch.above;
                named.extend(self.rows(&self.implied(&heads)));
                continue;
            }
            match self.stand(applied, wish, &branch)? {
                Stand::On(at) => {
                    named.insert(at);
                }
                _ if wish.branch.is_some() => return Err(Kind::Malformed),
                _ => base = true,
            }
        }
        if base && !named.is_empty() {
            return Err(Kind::Malformed);
        }
        if base {
            return Ok(Set::new());
        }
        if self.rows(&self.implied(&named)) != named {
            return Err(Kind::Malformed);
        }
        let related = &self.implied(&named) | &self.standing_on(&named);
        Ok(&(&self.rows(applied) - &related) | &named)
    }

    fn grammar(&self, wish: &Wish) -> Result<(), Kind> {
        if wish.is("heads") && wish.offset != 0 {
            Err(Kind::Malformed)
        } else {
            Ok(())
        }
    }

    fn branch(&self, wish: &Wish) -> Result<Branch, Kind> {
        let whole = Branch {
            above: self.all(),
            lineage: self.all(),
            named: false,
        };
        let Some(name) = &wish.branch else {
            return Ok(whole);
        };
        // A label first: it is what stands before an `@` as a rule.
        let labelled = self
            .all()
            .into_iter()
            .find(|&at| self.dag.nodes[at].labels.contains(name));
        let source = Set::from([match labelled {
            Some(source) => source,
            None => self.named(name, &whole)?,
        }]);
        let above = self.descendants(&source);
        let lineage = &above | &self.ancestors(&source);
        Ok(Branch {
            above,
            lineage,
            named: true,
        })
    }

    fn named(&self, name: &str, branch: &Branch) -> Result<usize, Kind> {
        let fits = |test: &dyn Fn(usize) -> bool| -> Vec<usize> {
            branch
                .lineage
                .iter()
                .copied()
                .filter(|&at| test(at))
                .collect()
        };
        let nodes = &self.dag.nodes;
        let whole = fits(&|at| nodes[at].id == name);
        let label = fits(&|at| nodes[at].labels.iter().any(|l| l == name));
        let prefix = fits(&|at| nodes[at].id.starts_with(name));
        let found = [whole, label, prefix]
            .into_iter()
            .find(|found| !found.is_empty());
        match found.unwrap_or_default()[..] {
            [] => Err(Kind::NotFound),
            [at] => Ok(at),
            _ => Err(Kind::Ambiguous),
        }
    }

    fn stand(&self, applied: &Set, wish: &Wish, branch: &Branch) -> Result<Stand, Kind> {
        let from = match wish.symbol.as_deref() {
            None | Some("current") => self.start(applied, branch)?,
            Some("base") => Stand::Base,
            Some("head" | "heads") => match Vec::from_iter(&self.heads() & &branch.above)[..] {
                [at] => Stand::On(at),
                _ => return Err(Kind::Ambiguous),
            },
            Some(name) => Stand::On(self.named(name, branch)?),
        };
        if wish.offset < 0 {
            return Ok(self.down(from, -wish.offset, branch)?.0);
        }
        let mut stand = from;
        for _ in 0..wish.offset {
            let next = match stand {
                Stand::Base => &self.bases() & &branch.lineage,
                Stand::Under(at) => Set::from([at]),
                Stand::On(at) => &self.children[at] & &branch.lineage,
            };
            stand = match Vec::from_iter(next)[..] {
                [] => return Err(Kind::TooFar),
                [at] => Stand::On(at),
                _ => return Err(Kind::Ambiguous),
            };
        }
        Ok(stand)
    }

    /// The one recorded revision; in a branch, the highest that is applied of its lineage.
    fn start(&self, applied: &Set, branch: &Branch) -> Result<Stand, Kind> {
        let tops = if branch.named {
            let on = applied & &branch.lineage;
            let below: Set = on.iter().flat_map(|&at| self.parents[at].clone()).collect();
            &on - &below
        } else {
            self.rows(applied)
        };
        match Vec::from_iter(tops)[..] {
            [] => Ok(Stand::Base),
            [at] => Ok(Stand::On(at)),
            _ => Err(Kind::Ambiguous),
        }
    }

    fn down(&self, from: Stand, steps: i64, branch: &Branch) -> Result<(Stand, Set), Kind> {
        let mut left = Set::new();
        let mut stand = from;
        for _ in 0..steps {
            let Stand::On(at) = stand else {
                return Err(Kind::TooFar);
            };
            left.insert(at);
            let mut below = self.parents[at].clone();
            if below.len() > 1 && !below.is_disjoint(&branch.above) {
                below = &below & &branch.above;
            }
            stand = match Vec::from_iter(below)[..] {
                [] => Stand::Under(at),
                [parent] => Stand::On(parent),
                _ => return Err(Kind::Ambiguous),
            };
        }
        Ok((stand, left))
    }
}

/// What a target is limited to.
struct Branch {
    above: Set,
    lineage: Set,
    named: bool,
}
