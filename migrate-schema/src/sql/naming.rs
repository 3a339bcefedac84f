//! Names for constraints that have none, by the rule that the models follow.

/// As long as PostgreSQL keeps them.
const LONGEST: usize = 63;

/// `uq_users_org_id_email`, cut to length with a hash where it is longer.
pub(crate) fn constraint(prefix: &str, table: &str, rest: &[String]) -> String {
    let mut name = format!("{prefix}_{table}");
    for part in rest {
        name.push('_');
        name.push_str(part);
    }
    if name.len() <= LONGEST {
        return name;
    }
    // FNV-1a: the name has to be the same for ever, and nothing more.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let cut = (0..=LONGEST - 9)
        .rev()
        .find(|&at| name.is_char_boundary(at))
        .unwrap_or(0);
    name.truncate(cut);
    format!("{name}_{:08x}", hash as u32)
}

/// The name, with a number where it is taken.
pub(crate) fn free(name: String, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(&name) {
        return name;
    }
    let numbered = (2_u32..).map(|number| format!("{name}_{number}"));
    let mut candidates = numbered.skip_while(|candidate| is_taken(candidate));
    candidates.next().unwrap_or(name)
}
