//! The files of migrate-chain import one another without a ring: there is an order in which they
//! can be read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path in a source file, as its words.
type Words = Vec<String>;

/// One source file: what it defines, re-exports and mentions.
#[derive(Default)]
struct Module {
    defined: BTreeSet<String>,
    /// By the name under which it is visible here.
    exported: BTreeMap<String, Words>,
    /// Names of modules that an import brings into scope.
    imported: BTreeMap<String, Words>,
    mentioned: BTreeSet<Words>,
}

/// The source files of a crate, by module path.
struct Crate(BTreeMap<Words, Module>);

impl Crate {
    fn read(source: &Path) -> Crate {
        let mut modules = BTreeMap::new();
        let mut open = vec![(source.to_owned(), Words::new())];
        while let Some((folder, module)) = open.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
                let mut inside = module.clone();
                if path.is_dir() {
                    // What tests import is no part of the crate that others build on.
                    if name != "tests" {
                        inside.push(name);
                        open.push((path, inside));
                    }
                    continue;
                }
                if !matches!(name.as_str(), "mod" | "lib") {
                    inside.push(name);
                }
                let text = fs::read_to_string(&path).unwrap();
                modules.insert(inside, Module::read(text.parse().unwrap()));
            }
        }
        Crate(modules)
    }

    /// The file in which what a path names is written; `None` for another crate's.
    fn file_of(&self, from: &[String], path: &[String]) -> Option<Words> {
        let mut at = from.to_vec();
        let mut rest = path;
        match rest.first()?.as_str() {
            "crate" => at.clear(),
            "self" | "super" => {}
            first => {
                let module = self.0.get(from)?;
                if let Some(imported) = module.imported.get(first).filter(|i| *i != path) {
                    let whole: Words = imported.iter().chain(&path[1..]).cloned().collect();
                    return self.file_of(from, &whole);
                }
                let child: Words = from.iter().chain([&rest[0]]).cloned().collect();
                if !self.0.contains_key(&child) {
                    return None;
                }
            }
        }
        while let Some(word) = rest.first() {
            let child: Words = at.iter().chain([word]).cloned().collect();
            match word.as_str() {
                "crate" | "self" => {}
                "super" => drop(at.pop()),
                _ if self.0.contains_key(&child) => at = child,
                word => {
                    let module = &self.0[&at];
                    return match module.exported.get(word) {
                        Some(path) if !module.defined.contains(word) => self.file_of(&at, path),
                        _ => Some(at),
                    };
                }
            }
            rest = &rest[1..];
        }
        Some(at)
    }

    /// For each file, the other files it needs.
    fn imports(&self) -> BTreeMap<Words, BTreeSet<Words>> {
        let needs = |(from, module): (&Words, &Module)| {
            let files = module
                .mentioned
                .iter()
                .filter_map(|path| self.file_of(from, path));
            (from.clone(), files.filter(|file| file != from).collect())
        };
        self.0.iter().map(needs).collect()
    }
}

impl Module {
    fn read(tokens: TokenStream) -> Module {
        let mut module = Module::default();
        module.items(tokens);
        module
    }

    fn items(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        let mut visible = false;
        while at < tokens.len() {
            let word = text(&tokens[at]);
            match word.as_str() {
                // `#[cfg(test)] mod tests { .. }`
                "#" if tokens.get(at + 1).is_some_and(|t| {
                    t.to_string() == "[cfg (test)]" || t.to_string() == "[cfg(test)]"
                }) =>
                {
                    at += 2;
                    while at < tokens.len() && !matches!(text(&tokens[at]).as_str(), ";" | "{..}") {
                        at += 1;
                    }
                }
                "pub" => visible = true,
                // `use<..>` is a bound.
                "use" if text(&tokens[at + 1]) != "<" => {
                    let end = (at..tokens.len())
                        .find(|&end| text(&tokens[end]) == ";")
                        .unwrap();
                    for (name, path) in names(&tokens[at + 1..end], &[]) {
                        if visible {
                            self.exported.insert(name, path);
                        } else {
                            self.imported.insert(name, path.clone());
                            self.mentioned.insert(path);
                        }
                    }
                    at = end;
                    visible = false;
                }
                "struct" | "enum" | "fn" | "const" | "static" | "trait" | "type" => {
                    self.defined.extend(tokens.get(at + 1).map(text));
                    visible = false;
                }
                _ => {}
            }
            if let TokenTree::Group(group) = &tokens[at] {
                if group.delimiter() != Delimiter::Parenthesis || !visible {
                    self.items(group.stream());
                }
            } else if text(&tokens[at]) != "use" && !is_path(&tokens, at.wrapping_sub(1)) {
                let path = path(&tokens[at..]);
                if path.len() > 1 {
                    self.mentioned.insert(path);
                }
            }
            at += 1;
        }
    }
}

fn text(token: &TokenTree) -> String {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => "{..}".to_owned(),
        TokenTree::Ident(ident) => ident.to_string(),
        TokenTree::Punct(punct) => punct.to_string(),
        _ => String::new(),
    }
}

/// True for the second colon of a `::`.
fn is_path(tokens: &[TokenTree], at: usize) -> bool {
    at > 0 && at < tokens.len() && text(&tokens[at]) == ":" && text(&tokens[at - 1]) == ":"
}

/// `a::b::c` at the start of the tokens.
fn path(tokens: &[TokenTree]) -> Words {
    let mut words = Words::new();
    let mut at = 0;
    while let Some(TokenTree::Ident(ident)) = tokens.get(at) {
        words.push(ident.to_string());
        if !is_path(tokens, at + 2) {
            break;
        }
        at += 3;
    }
    words
}

/// What a `use` brings into scope: its name here, and the whole path.
fn names(tokens: &[TokenTree], before: &[String]) -> Vec<(String, Words)> {
    let mut words = before.to_vec();
    let mut name = None;
    let mut rest = tokens.iter();
    while let Some(token) = rest.next() {
        match token {
            TokenTree::Group(group) => {
                let inside: Vec<TokenTree> = group.stream().into_iter().collect();
                let parts = inside.split(|token| text(token) == ",");
                return parts.flat_map(|part| names(part, &words)).collect();
            }
            TokenTree::Ident(ident) if ident == "as" => name = rest.next().map(text),
            TokenTree::Ident(ident) if ident == "self" && !words.is_empty() => {}
            TokenTree::Ident(ident) => words.push(ident.to_string()),
            _ => {}
        }
    }
    let name = name.or_else(|| words.last().cloned());
    name.filter(|_| words.len() > before.len() || !tokens.is_empty())
        .map(|name| (name, words))
        .into_iter()
        .collect()
}

/// What is left of a graph when files that need nothing more are taken away, again and again: the
/// rings, and what stands on them.
fn rings(mut imports: BTreeMap<Words, BTreeSet<Words>>) -> BTreeMap<Words, BTreeSet<Words>> {
    loop {
        let before = imports.len();
        let left: BTreeSet<Words> = imports.keys().cloned().collect();
        imports.retain(|_, needs| !needs.is_disjoint(&left));
        // From the other end too, so that only rings and what joins them are shown.
        let needed: BTreeSet<Words> = imports.values().flatten().cloned().collect();
        imports.retain(|file, _| needed.contains(file));
        if imports.len() == before {
            return imports;
        }
    }
}

#[test]
fn migrate_chain_has_no_import_ring() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrate-chain/src");
    let read = Crate::read(&source);
    let imports = read.imports();
    // The order that ARCHITECTURE.md describes, so that the graph is known to be read.
    let needs = |file: &str, other: &str| {
        let words = |path: &str| -> Words { path.split('/').map(str::to_owned).collect() };
        imports[&words(file)].contains(&words(other))
    };
    assert!(needs("file/revision_file", "folder") && needs("parsed", "sql/inspect"));
    assert!(needs("check/graph", "file/revision_file") && needs("load", "packed/encode"));
    assert!(imports.values().map(BTreeSet::len).sum::<usize>() > 150);
    let rings = rings(imports);
    let shown: Vec<String> = (rings.iter())
        .map(|(file, needs)| {
            let inside = needs.iter().filter(|needed| rings.contains_key(*needed));
            let needs: Vec<String> = inside.map(|words| words.join("/")).collect();
            format!("{} needs {}", file.join("/"), needs.join(", "))
        })
        .collect();
    assert!(rings.is_empty(), "an import ring:\n{}", shown.join("\n"));
}
