use std::collections::HashSet;

use crate::Direction;
use crate::parsed::ParsedChain;
use crate::problem::Problems;

/// No script contains what its database, or a transaction, does not take: the scanner's own rules,
/// for each dialect that a section claims.
pub(super) fn scripts(parsed: &ParsedChain<'_>, problems: &mut Problems) {
    for (index, file) in parsed.every_file() {
        for direction in Direction::BOTH {
            // A plain section serves several dialects and is scanned for each; what is wrong on
            // both is reported once.
            let mut found = HashSet::new();
            for &dialect in &parsed.dialects {
                let Some((script, inspection)) = parsed.inspection(index, direction, dialect)
                else {
                    continue;
                };
                for finding in &inspection.findings {
                    let at = script.start + finding.range.start..script.start + finding.range.end;
                    if found.insert((at.start, &finding.message)) {
                        let problem = file
                            .problem(&at, finding.message.as_str())
                            .help(finding.help.as_str());
                        problems.push(problem);
                    }
                }
            }
        }
    }
}
