//! The whole stack with the real services: it starts, is seeded once, and can be told what `.env.example` says.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use chat_e2e::{Service, StackOptions, shared_stack};
use chat_stack::seed;
use serde_json::Value;

#[tokio::test]
async fn demo_people_are_made_once() -> Result<()> {
    let api_url = shared_stack().await.api_url()?;
    let first = seed::seed(api_url).await?;
    let second = seed::seed(api_url).await?;
    assert_eq!(first.conversation_id, second.conversation_id);
    let url = format!("{api_url}/api/chat/conversations/{}/messages/", first.conversation_id);
    for person in &second.people {
        let response = reqwest::Client::new().get(&url).bearer_auth(&person.access).send().await?;
        let page: Value = serde_json::from_str(&response.text().await?)?;
        assert_eq!(page["results"].as_array().map(Vec::len), Some(1), "{page}");
    }
    Ok(())
}

/// Variable and, if it has one, default value, as `--help` tells them.
fn settings(help: &str) -> BTreeMap<String, Option<String>> {
    let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let named = words.split("[env: ").skip(1).map(|rest| {
        let (name, rest) = rest.split_once(']').unwrap_or((rest, ""));
        let default = rest.trim_start().strip_prefix("[default: ").and_then(|rest| rest.split_once(']'));
        let name = name.split('=').next().unwrap_or(name);
        (name.to_owned(), default.map(|(value, _)| value.to_owned()))
    });
    named.collect()
}

#[test]
fn env_example_names_every_variable_and_its_default() -> Result<()> {
    let example = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.env.example"))?;
    let bin_dir = StackOptions::for_tests()?.bin_dir;
    let services = Service::ALL.map(|service| vec![service.program_name(), "--help".into()]);
    let run = vec!["chat-stack".to_owned(), "run".into(), "--help".into()];
    for command in services.into_iter().chain([run]) {
        let mut process = Command::new(bin_dir.join(&command[0]));
        let output = process.args(&command[1..]).env_clear().output().context(command[0].clone())?;
        let known = settings(&String::from_utf8(output.stdout)?);
        assert!(!known.is_empty(), "{} has no settings", command[0]);
        for (name, default) in known {
            let line = example.lines().find_map(|line| line.trim_start_matches("# ").strip_prefix(&format!("{name}=")));
            let value = line.with_context(|| format!("{name} of {} is not in .env.example", command[0]))?;
            let is_set = example.lines().any(|line| line.starts_with(&format!("{name}=")));
            let agrees = default.as_deref().is_none_or(|default| default == value);
            assert!(!is_set || agrees, "{name}: {value} there, {default:?} in {}", command[0]);
        }
    }
    Ok(())
}
