//! A page that names another file of this repository names one that is there.

use std::fs;
use std::path::{Path, PathBuf};

use crate::root;

/// What is brought or made, and not written here.
const FOREIGN: [&str; 3] = ["target", "node_modules", "dist"];

/// The pages below a folder, without hidden folders.
fn pages(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        if entry.file_type().unwrap().is_dir() {
            if !name.starts_with('.') && !FOREIGN.contains(&name.as_str()) {
                found.extend(pages(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found
}

/// Where the links of a page lead, without those that leave the repository or stay on the page. Blocks of code have none.
fn targets(page: &str) -> Vec<&str> {
    let outside_code = page.split("```").step_by(2);
    let after_words = outside_code.flat_map(|text| text.split("](").skip(1));
    let links = after_words.filter_map(|rest| rest.split([')', ' ', '#']).next());
    links.filter(|link| !link.is_empty() && !link.contains(':')).collect()
}

#[test]
fn links_lead_to_files_that_are_there() {
    let pages = pages(root());
    assert!(pages.len() > 50, "{}", pages.len());
    let mut broken = Vec::new();
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        let missing = targets(&text).into_iter().filter(|link| !page.with_file_name(link).exists());
        broken.extend(missing.map(|link| format!("{}: {link}", page.display())));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn only_links_into_the_repository_are_followed() {
    let page = "[a](b.md#c) [d](https://e.org/) [f](#g) ![h](i/j.png \"k\")\n```\n[l](m)\n```\n[n](../o)";
    assert_eq!(targets(page), ["b.md", "i/j.png", "../o"]);
}
