use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::{fs, io};

use migrate_chain::{ASSETS, Problem, Problems};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::load::Versions;

/// A file or a folder under `assets/`, by its path in the versions directory.
pub(crate) enum Asset {
    File(String),
    Folder(String, Vec<Asset>),
}

/// Lists `assets/`, sorted, without dot files.
pub(crate) fn read(directory: &Path, root: &str, problems: &mut Problems) -> Vec<Asset> {
    let Ok(real) = directory.join(ASSETS).canonicalize() else {
        let problem = Problem::file(format!("{root}/{ASSETS}"), "there is no such directory")
            .help("make it, or leave `assets` out of the macro");
        problems.push(problem);
        return Vec::new();
    };
    let mut walk = Walk {
        directory,
        root,
        real: &real,
        problems,
    };
    vec![walk.folder(ASSETS.to_owned())]
}

struct Walk<'a> {
    /// The versions directory, and how problems show it.
    directory: &'a Path,
    root: &'a str,
    /// Where `assets/` really is.
    real: &'a Path,
    problems: &'a mut Problems,
}

impl Walk<'_> {
    fn folder(&mut self, path: String) -> Asset {
        let mut assets = Vec::new();
        match names(&self.directory.join(&path)) {
            Ok(names) => {
                for name in names {
                    assets.extend(self.entry(&path, &name));
                }
            }
            Err(error) => self.unreadable(&path, &error),
        }
        Asset::Folder(path, assets)
    }

    fn entry(&mut self, folder: &str, name: &OsStr) -> Option<Asset> {
        let path = format!("{folder}/{}", name.to_string_lossy());
        let full = self.directory.join(folder).join(name);
        if name.to_string_lossy().starts_with('.') {
            return None;
        }
        if name.to_str().is_none() {
            return self.problem(&path, "a file name that is not UTF-8");
        }
        match full.canonicalize() {
            Err(error) => {
                self.unreadable(&path, &error);
                None
            }
            Ok(target) if !target.starts_with(self.real) => {
                self.problem(&path, "a symbolic link that leads out of the directory")
            }
            Ok(target) if target.is_file() => Some(Asset::File(path)),
            // The compiler would wait for what a pipe never says.
            Ok(target) if !target.is_dir() => self.problem(&path, "not a regular file"),
            // Which might contain itself.
            Ok(_) if full.is_symlink() => self.problem(&path, "a symbolic link to a folder"),
            Ok(_) => Some(self.folder(path)),
        }
    }

    fn problem(&mut self, path: &str, message: &str) -> Option<Asset> {
        let shown = format!("{}/{path}", self.root);
        self.problems.push(Problem::file(shown, message));
        None
    }

    fn unreadable(&mut self, path: &str, error: &io::Error) {
        self.problem(path, &format!("can't be read: {error}"));
    }
}

/// Sorted, so that no order of a file system shows.
fn names(folder: &Path) -> io::Result<Vec<OsString>> {
    let entries = fs::read_dir(folder)?;
    let mut names: Vec<OsString> = entries
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<io::Result<_>>()?;
    names.sort();
    Ok(names)
}

/// Writes the tree that `include_dir!` would, so that the app needs no dependency of its own.
///
/// It goes through a macro of the runtime, which without the feature is one clear error.
pub(crate) fn tree(
    krate: &TokenStream,
    versions: &Versions,
    option: &Ident,
    assets: &[Asset],
) -> TokenStream {
    let include_dir = quote!(#krate::__private::include_dir);
    let root = dir(&include_dir, versions, "", assets);
    let tree = quote!({
        const ASSETS: &#include_dir::Dir<'static> = &#root;
        ::core::option::Option::Some(ASSETS)
    });
    let krate = located_at(krate, option.span());
    quote_spanned!(option.span()=> #krate::__private::assets!(#tree))
}

/// A path whose tokens point at the option, so that errors show it there.
fn located_at(path: &TokenStream, span: Span) -> TokenStream {
    let tokens = path.clone().into_iter();
    tokens
        .map(|mut token| {
            token.set_span(span.resolved_at(token.span()));
            token
        })
        .collect()
}

fn dir(
    include_dir: &TokenStream,
    versions: &Versions,
    path: &str,
    assets: &[Asset],
) -> TokenStream {
    let entries = assets.iter().map(|asset| match asset {
        Asset::File(path) => {
            let file = versions.file(path);
            quote!(#include_dir::DirEntry::File(
                #include_dir::File::new(#path, ::core::include_bytes!(#file))
            ))
        }
        Asset::Folder(path, assets) => {
            let dir = dir(include_dir, versions, path, assets);
            quote!(#include_dir::DirEntry::Dir(#dir))
        }
    });
    quote!(#include_dir::Dir::new(#path, {
        const ENTRIES: &[#include_dir::DirEntry<'static>] = &[#(#entries),*];
        ENTRIES
    }))
}
