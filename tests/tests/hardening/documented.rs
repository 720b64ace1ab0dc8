//! What `docs/security.md` and `docs/threat-model.md` name as a proof exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::tools::repository;

/// All sources of tests.
fn sources(dir: &Path, found: &mut String) {
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let is_built = path.file_name().is_some_and(|name| name == "target" || name == "node_modules");
        if path.is_dir() && !is_built {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

/// What stands in the last column of tables, between backticks.
fn named(page: &str) -> BTreeSet<&str> {
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---"));
    let last = rows.filter_map(|row| row.trim_end_matches([' ', '|']).rsplit('|').next());
    last.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn tests_that_the_pages_name_exist() {
    let mut code = String::new();
    for part in ["libs", "services", "tests", "tools"] {
        sources(&repository().join(part), &mut code);
    }
    for (page, at_least) in [("docs/security.md", 50), ("docs/threat-model.md", 25)] {
        let text = fs::read_to_string(repository().join(page)).unwrap();
        let named = named(&text);
        assert!(named.len() > at_least, "{} tests are named in {page}", named.len());
        let missing: Vec<_> = named.iter().filter(|name| !code.contains(&format!("fn {name}("))).collect();
        assert!(missing.is_empty(), "no such tests: {missing:#?} in {page}");
    }
}

#[test]
fn every_requirement_of_the_page_names_a_test() {
    let page = fs::read_to_string(repository().join("docs/security.md")).unwrap();
    let requirements = page.lines().filter(|line| line.starts_with("| API") || line.starts_with("| V"));
    let bare: Vec<_> = requirements.clone().filter(|row| named(row).is_empty()).collect();
    assert!(bare.is_empty(), "without a test: {bare:#?}");
    assert!(requirements.count() > 20);
}
