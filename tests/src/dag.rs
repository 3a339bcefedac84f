//! Random histories: revision files whose scripts each create and drop one table.

use std::collections::BTreeSet;

/// A random history. A smaller `len` of the same seed is its beginning, so that a failure shrinks.
#[derive(Debug, Clone)]
pub struct Dag {
    /// Parents and dependencies stand before what stands on them.
    pub nodes: Vec<Node>,
}

/// One revision of a random history.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its id; some are prefixes of others, some are all digits.
    pub id: String,
    /// Its file, sometimes in a sub-folder; names are in no order.
    pub path: String,
    /// Indexes of its parents, in the order in which the header names them.
    pub parents: Vec<usize>,
    /// Indexes of its dependencies.
    pub depends_on: Vec<usize>,
    /// Its own labels.
    pub labels: Vec<String>,
}

/// How often things happen, in percent.
struct Habits {
    base: u64,
    branch: u64,
    merge: u64,
    depend: u64,
    label: u64,
}

impl Dag {
    /// The history of a seed.
    #[must_use]
    pub fn random(seed: u64, len: usize) -> Self {
        let mut draw = Draw::new(seed);
        let habits = Habits {
            base: [0, 2, 10][draw.below(3)],
            branch: [0, 5, 30, 80][draw.below(4)],
            merge: [0, 10, 40][draw.below(3)],
            depend: [0, 0, 10, 30][draw.below(4)],
            label: [0, 5, 30][draw.below(3)],
        };
        let mut taken = BTreeSet::new();
        let mut heads: Vec<usize> = Vec::new();
        let mut nodes: Vec<Node> = Vec::new();
        for at in 0..len {
            let mut draw = Draw::new(seed ^ (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let parents = parents(&habits, &mut draw, &heads, at);
            let mut depends_on = Vec::new();
            while at > 0 && depends_on.len() < 3 && draw.percent(habits.depend) {
                let other = draw.below(at);
                // A parent named as a dependency too is legal, and says nothing more.
                if !depends_on.contains(&other) {
                    depends_on.push(other);
                }
            }
            heads.retain(|head| !parents.contains(head));
            heads.push(at);
            let id = id(&mut draw, &mut taken);
            let mut labels = Vec::new();
            while labels.len() < 2 && draw.percent(habits.label) {
                labels.push(label(&mut draw, &mut taken));
            }
            let folder = ["", "", "", "billing/", "a/b/"][draw.below(5)];
            nodes.push(Node {
                path: format!("{folder}{:03}-{id}-table.sql", draw.below(1000)),
                id,
                parents,
                depends_on,
                labels,
            });
        }
        Self { nodes }
    }

    /// The revision files: path in the versions directory, and text.
    #[must_use]
    pub fn files(&self) -> Vec<(String, String)> {
        self.files_with(|at| {
            let table = Self::table(at);
            format!(
                "-- upgrade\nCREATE TABLE {table} (id INTEGER);\n\n-- downgrade\nDROP TABLE {table};\n"
            )
        })
    }

    /// The files of the history with other sections than a table's creation, by index.
    pub fn files_with(&self, sections: impl Fn(usize) -> String) -> Vec<(String, String)> {
        let ids = |list: &[usize]| {
            let ids: Vec<&str> = list.iter().map(|&at| self.nodes[at].id.as_str()).collect();
            ids.join(", ")
        };
        (self.nodes.iter().enumerate())
            .map(|(at, node)| {
                let table = Self::table(at);
                let down = if node.parents.is_empty() {
                    "none".to_owned()
                } else {
                    ids(&node.parents)
                };
                let mut header = format!(
                    "-- make {table}\n-- revision: {}\n-- down_revision: {down}\n",
                    node.id
                );
                if !node.depends_on.is_empty() {
                    header += &format!("-- depends_on: {}\n", ids(&node.depends_on));
                }
                if !node.labels.is_empty() {
                    header += &format!("-- branch_labels: {}\n", node.labels.join(", "));
                }
                (node.path.clone(), format!("{header}\n{}", sections(at)))
            })
            .collect()
    }

    /// The table that a revision creates.
    #[must_use]
    pub fn table(at: usize) -> String {
        format!("made_{at}")
    }
}

fn parents(habits: &Habits, draw: &mut Draw, heads: &[usize], at: usize) -> Vec<usize> {
    if at == 0 || draw.percent(habits.base) {
        return Vec::new();
    }
    let first = if draw.percent(habits.branch) {
        draw.below(at)
    } else {
        heads[draw.below(heads.len())]
    };
    let mut parents = vec![first];
    while parents.len() < 4 && draw.percent(habits.merge) {
        // Of heads mostly; any two may be merged, even one that stands on the other.
        let other = if draw.percent(80) {
            heads[draw.below(heads.len())]
        } else {
            draw.below(at)
        };
        if !parents.contains(&other) {
            parents.push(other);
        }
    }
    parents
}

fn id(draw: &mut Draw, taken: &mut BTreeSet<String>) -> String {
    let (alphabet, min): (&[u8], usize) = match draw.below(4) {
        0 => (b"ab01", 1),
        1 => (b"0123456789", 4),
        2 => (b"ABab_.09", 3),
        _ => (b"0123456789abcdef", 12),
    };
    unused(draw, alphabet, min, "", taken)
}

/// May share its beginning with ids, which a target must then tell apart.
fn label(draw: &mut Draw, taken: &mut BTreeSet<String>) -> String {
    let prefix = ["br", "a", "0"][draw.below(3)];
    unused(draw, b"ab01", 2, prefix, taken)
}

fn unused(
    draw: &mut Draw,
    alphabet: &[u8],
    min: usize,
    prefix: &str,
    taken: &mut BTreeSet<String>,
) -> String {
    let mut len = min;
    loop {
        let letters = (0..len).map(|_| char::from(alphabet[draw.below(alphabet.len())]));
        let word: String = prefix.chars().chain(letters).collect();
        // A file is named after its id as a word of its own, which punctuation at its ends hides.
        if word.starts_with(|c: char| c.is_ascii_alphanumeric()) && taken.insert(word.clone()) {
            return word;
        }
        len += 1;
    }
}

/// Numbers from a seed (SplitMix64): the same on every machine.
#[derive(Debug, Clone)]
pub struct Draw(u64);

impl Draw {
    /// The numbers of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.number() % end as u64).unwrap()
    }

    /// True that often.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.number() % 100 < percent
    }
}
