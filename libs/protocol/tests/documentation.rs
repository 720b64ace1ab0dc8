//! What the documents show is what goes over the wire: each `json` block under `<!-- golden: name.json -->` is that golden file.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

const MARK: &str = "<!-- golden: ";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The golden examples of a document: name and block. Fails where a mark has no block.
fn examples(document: &str) -> Vec<(String, String)> {
    let marks = document.split(MARK).skip(1);
    let example = |after: &str| {
        let (name, rest) = after.split_once(" -->\n")?;
        let (block, _) = rest.strip_prefix("```json\n")?.split_once("\n```")?;
        Some((name.to_owned(), block.to_owned()))
    };
    marks.map(|after| example(after).unwrap_or_else(|| panic!("no json block follows: {after:.60}"))).collect()
}

fn documents() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).into_iter().flatten();
    let docs = docs.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "md"));
    docs.chain([root().join("README.md")]).filter(|path| path.exists()).collect()
}

#[test]
fn examples_in_the_documents_are_the_golden_files() {
    let mut count = 0;
    for path in documents() {
        for (name, block) in examples(&fs::read_to_string(&path).unwrap()) {
            let file = root().join("libs/protocol/tests/golden/v1").join(&name);
            let golden =
                fs::read_to_string(&file).unwrap_or_else(|error| panic!("{name} in {}: {error}", path.display()));
            let parse =
                |json: &str| serde_json::from_str::<Value>(json).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(parse(&block), parse(&golden), "{name} in {}", path.display());
            count += 1;
        }
    }
    assert!(count > 0, "no document has an example");
}

#[test]
fn every_frame_and_body_of_clients_is_documented() {
    let pages = ["docs/protocol.md", "docs/webhooks.md"].map(|page| fs::read_to_string(root().join(page)).unwrap());
    let shown: Vec<_> = pages.iter().flat_map(|page| examples(page)).map(|(name, _)| name).collect();
    for entry in fs::read_dir(root().join("libs/protocol/tests/golden/v1")).unwrap() {
        let path = entry.unwrap().path();
        let json: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let is_frame = json["type"].is_string();
        assert!(
            !is_frame || shown.contains(&name),
            "{name} is a frame or a problem, and neither docs/protocol.md nor docs/webhooks.md shows it"
        );
    }
}

#[test]
fn mark_without_a_block_is_noticed() {
    let good = "x\n<!-- golden: a.json -->\n```json\n{\n}\n```\n";
    assert_eq!(examples(good), [("a.json".to_owned(), "{\n}".to_owned())]);
    let bad = std::panic::catch_unwind(|| examples("<!-- golden: a.json -->\n\ntext"));
    assert!(bad.is_err());
}
