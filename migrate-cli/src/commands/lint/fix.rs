//! `lint --fix`: open revisions are written anew where a rewrite cures what was found.

use std::collections::BTreeMap;

use migrate_chain::{Chain, Language, NewHeader, set_key};
use migrate_runtime::Migrations;
use migrate_schema::lint::{Finding, Fix, Following, Group, Report, fix};
use similar::TextDiff;

use crate::commands::revision::{self, Body, prepare};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::files::{Directory, Edit};
use crate::review::{Rewrites, count};

/// What was cured, and how.
#[derive(Debug, Default)]
pub(super) struct Fixed {
    pub(super) cured: Vec<Finding>,
    pub(super) files: Vec<File>,
    /// Revisions that stay as they are, and why.
    pub(super) kept: Vec<String>,
    /// The ids of the revisions that were added.
    pub(super) added: Vec<String>,
}

/// A file that is written, or would be.
#[derive(Debug)]
pub(super) struct File {
    /// As it is shown.
    path: String,
    /// What changes in it, as `git diff` shows it.
    diff: String,
}

impl File {
    fn new(path: String, before: Option<&str>, after: &str) -> File {
        let from = match before {
            Some(_) => format!("a/{path}"),
            None => "/dev/null".to_owned(),
        };
        let to = format!("b/{path}");
        let diff = TextDiff::from_lines(before.unwrap_or_default(), after);
        let diff = diff.unified_diff().header(&from, &to).to_string();
        File { path, diff }
    }
}

/// The file of a revision that follows one which was rewritten.
struct New {
    id: String,
    path: String,
    text: String,
}

/// A revision on its way from what it was to what it will be.
struct Candidate {
    at: usize,
    text: String,
    following: Option<New>,
    cured: Vec<Finding>,
}

/// Rewrites what can be cured, tries it on scratch databases, and writes it, unless it is only to be shown.
pub(super) fn write(
    context: &mut Context<'_, '_>,
    directory: &Directory,
    migrations: &Migrations,
    report: &Report,
    positions: &[usize],
    is_dry: bool,
) -> Result<Fixed> {
    let chain = migrations.chain()?;
    let mut fixed = Fixed::default();
    Edit::new(directory).unedited()?;
    let mut candidates = Vec::new();
    for &at in positions {
        let revision = chain.get(at);
        let shown = directory.shown(revision.path);
        if let Some(release) = directory.sealed(revision.id)? {
            if report
                .findings
                .iter()
                .any(|one| one.revision == revision.id)
            {
                let why = format!("{shown} stays as it is: {release} has sealed it");
                fixed.kept.push(why);
            }
            continue;
        }
        match fix(&chain, at, report) {
            Some(Fix::Rewritten(new)) => {
                let mut candidate = Candidate {
                    at,
                    text: new.text,
                    following: None,
                    cured: new.cured,
                };
                if let Some(following) = &new.following {
                    candidate.following = Some(drafted(context, directory, &chain, at, following)?);
                }
                candidates.push(candidate);
                continue;
            }
            Some(Fix::Kept(why)) => fixed.kept.push(format!("{shown} stays as it is: {why}")),
            Some(_) | None => {}
        }
        candidates.extend(announced(&chain, at, report));
    }
    loop {
        let edit = edited(directory, &chain, &candidates)?;
        let Some(elsewhere) = tried(context, migrations, &chain, &edit, &candidates)? else {
            fixed.add(directory, &chain, candidates)?;
            if !is_dry && !fixed.files.is_empty() {
                edit.write()?;
            }
            return Ok(fixed);
        };
        let (at, why) = elsewhere;
        let shown = directory.shown(chain.get(at).path);
        let why = format!(
            "{shown} stays as it is: a rewrite ends elsewhere on a scratch database ({why})"
        );
        fixed.kept.push(why);
        candidates.retain(|one| one.at != at);
    }
}

/// What the rules found that breaks older programs, said in the header.
fn announced(chain: &Chain<'_>, at: usize, report: &Report) -> Option<Candidate> {
    let revision = chain.get(at);
    let of_revision = |one: &&Finding| one.revision == revision.id;
    let mut own = report.findings.iter().filter(of_revision);
    let unsaid = own.find(|one| one.id == HEADER && revision.breaking.is_none())?;
    let mut reasons: Vec<&str> = Vec::new();
    for finding in report.findings.iter().filter(of_revision) {
        let is_reason = finding.group == Group::Breaks && finding.id != HEADER;
        if is_reason && !reasons.contains(&finding.message.as_str()) {
            reasons.push(&finding.message);
        }
    }
    Some(Candidate {
        at,
        text: set_key(revision.text(), "breaking", &reasons.join("; "))?,
        following: None,
        cured: vec![unsaid.clone()],
    })
}

/// The rule that holds headers to what is found.
const HEADER: &str = "breaking-header";

/// All files as they will be.
fn edited<'d>(
    directory: &'d Directory,
    chain: &Chain<'_>,
    candidates: &[Candidate],
) -> Result<Edit<'d>> {
    let mut edit = Edit::new(directory);
    for one in candidates {
        if let Some(new) = &one.following {
            edit.create(new.path.clone(), new.text.clone());
        }
    }
    for (at, text) in texts(chain, candidates)? {
        let path = chain.get(at).path;
        edit.replace(path, path.to_owned(), text);
    }
    Ok(edit)
}

/// The texts of the files that change, by the place of their revisions.
fn texts(chain: &Chain<'_>, candidates: &[Candidate]) -> Result<BTreeMap<usize, String>> {
    let mut texts: BTreeMap<usize, String> = BTreeMap::new();
    texts.extend(candidates.iter().map(|one| (one.at, one.text.clone())));
    for one in candidates {
        if let Some(new) = &one.following {
            follow(chain, one.at, &new.id, &mut texts)?;
        }
    }
    Ok(texts)
}

/// The first revision whose rewrite doesn't end where it did, and why.
fn tried(
    context: &mut Context<'_, '_>,
    migrations: &Migrations,
    chain: &Chain<'_>,
    edit: &Edit<'_>,
    candidates: &[Candidate],
) -> Result<Option<(usize, String)>> {
    let is_script = |one: &&Candidate| one.cured.iter().any(|finding| finding.id != HEADER);
    let rewritten: Vec<&Candidate> = candidates.iter().filter(is_script).collect();
    if rewritten.is_empty() {
        return Ok(None);
    }
    let new = edit.complete()?;
    let pairs = rewritten.iter().map(|one| {
        let id = chain.get(one.at).id;
        let last = one.following.as_ref().map_or(id, |new| &new.id);
        (id, last)
    });
    let pairs: Vec<(&str, &str)> = pairs.collect();
    let elsewhere = context.ends_alike(migrations, &new, &pairs)?.err();
    Ok(elsewhere.and_then(|found| {
        let candidate = rewritten.get(found.pair)?;
        Some((candidate.at, found.why))
    }))
}

/// The revision that follows one which was rewritten: its id and its file.
fn drafted(
    context: &mut Context<'_, '_>,
    directory: &Directory,
    chain: &Chain<'_>,
    at: usize,
    following: &Following,
) -> Result<New> {
    let new = revision::New {
        message: &following.message,
        ids: &[],
        parents: vec![chain.get(at).id.to_owned()],
        depends_on: Vec::new(),
        labels: Vec::new(),
        language: Language::Sql,
    };
    let body = Body {
        message: following.message.clone(),
        text: &|header: &NewHeader<'_>| following.text(header),
    };
    let draft = prepare(context, Edit::new(directory), chain, &new, "sql", &[body])?;
    let text = draft.edit.shown()?.0.to_owned();
    match draft.files.into_iter().next() {
        Some(file) => Ok(New {
            id: file.id,
            path: directory.inside(&file.path).to_owned(),
            text,
        }),
        None => Err(Error::failed("the revision that follows was not drafted")),
    }
}

/// Puts what stood on a revision on top of the one that follows it now.
fn follow(
    chain: &Chain<'_>,
    at: usize,
    id: &str,
    texts: &mut BTreeMap<usize, String>,
) -> Result<()> {
    for &child in chain.children(at) {
        let revision = chain.get(child);
        let known = texts.get(&child).map(String::as_str);
        let text = known.unwrap_or(revision.text());
        let parents = chain.parents(child).iter().map(|&parent| {
            if parent == at {
                id
            } else {
                chain.get(parent).id
            }
        });
        let parents: Vec<&str> = parents.collect();
        let text = set_key(text, "down_revision", &parents.join(", "))
            .ok_or_else(|| Error::failed(format!("{} has no header", revision.path)))?;
        texts.insert(child, text);
    }
    Ok(())
}

impl Fixed {
    /// Adds what was tried, in the order of the chain: ids are random, and so are the names of new files.
    fn add(
        &mut self,
        directory: &Directory,
        chain: &Chain<'_>,
        candidates: Vec<Candidate>,
    ) -> Result<()> {
        let texts = texts(chain, &candidates)?;
        let mut added: BTreeMap<usize, New> = BTreeMap::new();
        for one in candidates {
            self.cured.extend(one.cured);
            added.extend(one.following.map(|new| (one.at, new)));
        }
        for (at, after) in texts {
            let path = chain.get(at).path;
            let before = directory.text(path)?;
            let file = File::new(directory.shown(path), Some(before), &after);
            self.files.push(file);
            if let Some(new) = added.remove(&at) {
                let file = File::new(directory.shown(&new.path), None, &new.text);
                self.files.push(file);
                self.added.push(new.id);
            }
        }
        Ok(())
    }

    /// What was done, for a person.
    pub(super) fn show(&self, context: &mut Context<'_, '_>, is_dry: bool) -> Result<()> {
        for why in &self.kept {
            context.streams.remark(format!("note: {why}"))?;
        }
        for line in self.files.iter().flat_map(|file| file.diff.lines()) {
            let style = context.streams.style;
            context.streams.line(match line.as_bytes() {
                [b'+', ..] => style.good(line),
                [b'-', ..] => style.bad(line),
                _ => line.to_owned(),
            })?;
        }
        let done = if is_dry { "would cure" } else { "cured" };
        for finding in &self.cured {
            context.streams.line(format!(
                "{done} {}/{} at {}",
                finding.group, finding.id, finding.place
            ))?;
        }
        let files = count(self.files.len(), "file");
        context
            .streams
            .line(match (self.files.is_empty(), is_dry) {
                (true, _) => "nothing that was found is cured by a rewrite".to_owned(),
                (false, true) => format!("{files} would be written; nothing was"),
                (false, false) => format!("{files} written"),
            })?;
        context.streams.line("")?;
        Ok(())
    }

    pub(super) fn into_rewrites(self) -> Rewrites {
        let files = self.files.into_iter().map(|file| (file.path, file.diff));
        Rewrites {
            cured: self.cured,
            files: files.collect(),
            kept: self.kept,
        }
    }
}
