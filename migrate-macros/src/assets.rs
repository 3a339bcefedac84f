use std::fs;
use std::path::Path;

use migrate_chain::{ASSETS, Problem, Problems};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::expand::Source;
use crate::load::unreadable;

/// A file or a folder under `assets/`, by its path in the versions directory.
pub(crate) enum Asset {
    File(String),
    Folder(String, Vec<Asset>),
}

impl Asset {
    fn path(&self) -> &str {
        match self {
            Asset::File(path) | Asset::Folder(path, _) => path,
        }
    }
}

/// Lists `assets/`, sorted, without dot files.
pub(crate) fn read(directory: &Path, root: &str, problems: &mut Problems) -> Vec<Asset> {
    let Ok(real) = directory.join(ASSETS).canonicalize() else {
        let problem = Problem::file(format!("{root}/{ASSETS}"), "there is no such directory")
            .help("make it, or leave `assets` out of the macro");
        problems.push(problem);
        return Vec::new();
    };
    vec![Asset::Folder(
        ASSETS.to_owned(),
        list(&real, directory, root, ASSETS, problems),
    )]
}

fn list(
    real: &Path,
    directory: &Path,
    root: &str,
    folder: &str,
    problems: &mut Problems,
) -> Vec<Asset> {
    let mut assets = Vec::new();
    let entries = match fs::read_dir(directory.join(folder)) {
        Ok(entries) => entries,
        Err(error) => {
            problems.push(unreadable(format!("{root}/{folder}"), &error));
            return assets;
        }
    };
    for entry in entries {
        let name = match entry {
            Ok(entry) => entry.file_name(),
            Err(error) => {
                problems.push(unreadable(format!("{root}/{folder}"), &error));
                continue;
            }
        };
        let path = format!("{folder}/{}", name.to_string_lossy());
        if name.to_str().is_none() {
            let shown = format!("{root}/{path}");
            problems.push(Problem::file(shown, "a file name that is not UTF-8"));
            continue;
        }
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        match directory.join(&path).canonicalize() {
            Err(error) => problems.push(unreadable(format!("{root}/{path}"), &error)),
            // A link may not lead out, nor to a folder above it, where it would never end.
            Ok(target) if !target.starts_with(real) => problems.push(Problem::file(
                format!("{root}/{path}"),
                "a symbolic link that leads out of the directory",
            )),
            Ok(target) if target.is_file() => assets.push(Asset::File(path)),
            Ok(target)
                if directory
                    .join(folder)
                    .canonicalize()
                    .ok()
                    .is_some_and(|f| f.starts_with(&target)) =>
            {
                problems.push(Problem::file(
                    format!("{root}/{path}"),
                    "a symbolic link to a folder that contains it",
                ));
            }
            Ok(_) => {
                let inside = list(real, directory, root, &path, problems);
                assets.push(Asset::Folder(path, inside));
            }
        }
    }
    assets.sort_by(|a, b| a.path().cmp(b.path()));
    assets
}

/// Writes the tree that `include_dir!` would, so that the app needs no dependency of its own.
///
/// It goes through a macro of the runtime, which without the feature is one clear error.
pub(crate) fn tree(
    krate: &TokenStream,
    source: &Source<'_>,
    asked: &Ident,
    assets: &[Asset],
) -> TokenStream {
    let include_dir = quote!(#krate::__private::include_dir);
    let root = dir(&include_dir, source, "", assets);
    let tree = quote!({
        const ASSETS: &#include_dir::Dir<'static> = &#root;
        ::core::option::Option::Some(ASSETS)
    });
    let krate = located_at(krate, asked.span());
    quote_spanned!(asked.span()=> #krate::__private::assets!(#tree))
}

/// The same path, but errors show it where the option stands.
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
    source: &Source<'_>,
    path: &str,
    assets: &[Asset],
) -> TokenStream {
    let entries = assets.iter().map(|asset| match asset {
        Asset::File(path) => {
            let file = source.path(path);
            quote!(#include_dir::DirEntry::File(
                #include_dir::File::new(#path, ::core::include_bytes!(#file))
            ))
        }
        Asset::Folder(path, assets) => {
            let dir = dir(include_dir, source, path, assets);
            quote!(#include_dir::DirEntry::Dir(#dir))
        }
    });
    quote!(#include_dir::Dir::new(#path, {
        const ENTRIES: &[#include_dir::DirEntry<'static>] = &[#(#entries),*];
        ENTRIES
    }))
}
