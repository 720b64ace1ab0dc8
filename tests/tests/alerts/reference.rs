//! docs/configuration.md is what the programs say of themselves: every variable with its default and its meaning, and who has it.
//! `cargo test -p chat-e2e --test alerts -- --ignored reference` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use chat_e2e::{Service, StackOptions};

use crate::root;

const PAGE: &str = "docs/configuration.md";
const HEAD: &str = "# Configuration

Every setting is an environment variable. This page is made from the programs (`--help` of each says the same), and a test holds it against
them; [.env.example](../.env.example) has the same as a file to copy. A variable that is set but empty counts as not set. A service checks all
of them before it opens a port, and names the one at fault. Units stand in names (`_SECS`, `_MS`, `_BYTES`, `_HOURS`, `_DAYS`) or in the meaning.
What belongs together is told in [operations](operations.md), [observability](observability.md), [webhooks](webhooks.md), [push](push.md) and
[moderation](moderation.md).
";

/// A setting as one program tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Setting {
    default: Option<String>,
    meaning: String,
}

/// The settings in a help text, in its order.
fn settings(help: &str) -> Vec<(String, Setting)> {
    let mut found = Vec::new();
    let (mut meaning, mut values): (Vec<String>, Vec<String>) = Default::default();
    let mut lines = help.lines().map(str::trim).skip_while(|line| *line != "Options:").skip(1).peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("--") || line.starts_with("-h,") {
            meaning.clear();
            values.clear();
        } else if let Some(name) = line.strip_prefix("[env: ").and_then(|rest| rest.split(['=', ']']).next()) {
            let default = lines.peek().and_then(|next| next.strip_prefix("[default: ")?.strip_suffix(']'));
            let words = meaning.join(" ");
            let (words, own) = words
                .split_once(" [default: ")
                .map_or((words.as_str(), None), |(text, rest)| (text, Some(rest.trim_end_matches(']'))));
            let default = default.map(|value| format!("`{value}`")).or(own.map(str::to_owned));
            let choice = if values.is_empty() { String::new() } else { format!(": {}", values.join(", ")) };
            found.push((name.to_owned(), Setting { default, meaning: format!("{words}{choice}").replace('|', "\\|") }));
        } else if let Some(value) = line.strip_prefix("- ").and_then(|rest| rest.split_once(':')) {
            values.push(format!("`{}`", value.0));
        } else if !line.is_empty() && line != "Possible values:" {
            meaning.push(line.to_owned());
        }
    }
    found
}

/// The page as it has to be.
fn page() -> String {
    let bin_dir = StackOptions::for_tests().unwrap().bin_dir;
    let programs = Service::ALL.map(|service| (service.name(), vec![service.program_name()]));
    let programs = programs.into_iter().chain([("make run", vec!["chat-stack".to_owned(), "run".to_owned()])]);
    let mut known: Vec<(String, Setting, Vec<&str>)> = Vec::new();
    for (program, command) in programs {
        let run =
            Command::new(bin_dir.join(&command[0])).args(&command[1..]).arg("--help").env_clear().output().unwrap();
        for (name, setting) in settings(&String::from_utf8(run.stdout).unwrap()) {
            match known.iter_mut().find(|(other, theirs, _)| *other == name && *theirs == setting) {
                Some((.., of)) => of.push(program),
                None => known.push((name, setting, vec![program])),
            }
        }
    }
    let mut groups: BTreeMap<(usize, String), String> = BTreeMap::new();
    for (name, Setting { default, meaning }, of) in known {
        let title = if of.len() == Service::ALL.len() { "Every service".to_owned() } else { of.join(", ") };
        let rows = groups.entry((Service::ALL.len().abs_diff(of.len()), title)).or_default();
        writeln!(rows, "| `{name}` | {} | {meaning} |", default.unwrap_or_default()).unwrap();
    }
    let mut text = HEAD.to_owned();
    for ((_, title), rows) in groups {
        write!(text, "\n## {title}\n\n| variable | default | meaning |\n|---|---|---|\n{rows}").unwrap();
    }
    text
}

#[test]
fn page_is_what_the_programs_say() {
    let written = fs::read_to_string(root().join(PAGE)).unwrap();
    let page = page();
    let (told, stands): (Vec<_>, Vec<_>) = (page.lines().collect(), written.lines().collect());
    let missing: Vec<_> = told.iter().filter(|line| !stands.contains(line)).collect();
    let left: Vec<_> = stands.iter().filter(|line| !told.contains(line)).collect();
    assert_eq!((page == written, missing, left), (true, vec![], vec![]), "write it anew: see the top of this file");
}

#[test]
#[ignore = "writes docs/configuration.md"]
fn write_the_page() {
    fs::write(root().join(PAGE), page()).unwrap();
}

#[test]
fn help_is_read_with_defaults_and_values() {
    let help = "Options:\n  --a <A>\n    What it is\n\n    Possible values:\n    - x: the one\n    - y: the other\n\n    [env: A=]\n    [default: x]\n  --b <B>\n    Else [default: none]\n    [env: B=]\n  -h, --help\n    Print";
    let setting = |default: &str, meaning: &str| Setting { default: Some(default.into()), meaning: meaning.into() };
    let expected = [("A".into(), setting("`x`", "What it is: `x`, `y`")), ("B".into(), setting("none", "Else"))];
    assert_eq!(settings(help), expected);
}
