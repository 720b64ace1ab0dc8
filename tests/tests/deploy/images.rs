//! The images and the compose file, as far as that can be tried without a container engine: what an image contains is a root that its program
//! lives in, and what the compose file says fits the programs, the Dockerfile and the files beside it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use chat_e2e::{Service, shared_stack};
use serde_yaml_ng::{Mapping, Value};

use crate::program;

fn docker() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/docker")
}

fn compose() -> Value {
    let text = fs::read_to_string(docker().join("compose.yaml")).unwrap();
    let mut compose: Value = serde_yaml_ng::from_str(&text).unwrap();
    compose.apply_merge().unwrap();
    compose
}

/// The services of the compose file by name.
fn services() -> Vec<(String, Mapping)> {
    let compose = compose();
    let services = compose["services"].as_mapping().unwrap();
    services.iter().map(|(name, one)| (name.as_str().unwrap().to_owned(), one.as_mapping().unwrap().clone())).collect()
}

/// Those that run a program of ours, with its name.
fn ours() -> Vec<(String, Mapping, String)> {
    let ours = services().into_iter().filter_map(|(name, service)| {
        let target = service.get("build")?["target"].as_str()?.to_owned();
        let program = if target == "chatctl" { target } else { format!("chat-{target}") };
        Some((name, service, program))
    });
    ours.collect()
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let entries = value.and_then(Value::as_sequence).map(Vec::as_slice).unwrap_or_default();
    entries.iter().map(|entry| entry.as_str().unwrap().to_owned()).collect()
}

/// What stands between `${` and `}` or `:`.
fn variables(text: &str) -> BTreeSet<String> {
    text.split("${").skip(1).map(|rest| rest.split([':', '}']).next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn program_lives_in_its_image() {
    if !nix::unistd::geteuid().is_root() {
        println!("left out: only root may change the root");
        return;
    }
    let stack = shared_stack().await;
    for service in Service::ALL {
        let name = service.program_name();
        let root = tempfile::tempdir().unwrap();
        let laid_out = Command::new(docker().join("lay-out")).arg(program(&name)).arg(root.path()).status().unwrap();
        assert!(laid_out.success());
        // A temporary directory belongs to its maker alone.
        fs::set_permissions(root.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let inside = |arguments: &[&str], address: &str| {
            let mut command = Command::new("chroot");
            command.arg("--userspec=65532:65532").arg(root.path()).arg(format!("/bin/{name}")).args(arguments);
            command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("OPS_ADDR", address).output().unwrap()
        };
        let version = inside(&["--version"], "");
        assert!(version.status.success(), "{name} has its libraries: {}", String::from_utf8_lossy(&version.stderr));
        let instance = stack.instance(service, 0).unwrap();
        let asked = inside(&["healthcheck"], instance.ops_url.trim_start_matches("http://"));
        assert!(asked.status.success(), "{name}: {}", String::from_utf8_lossy(&asked.stderr));
        assert!(String::from_utf8_lossy(&asked.stdout).contains(r#""ready":true"#));
    }
}

#[test]
fn settings_of_the_compose_file_are_settings_of_the_programs() {
    for (name, service, program_name) in ours() {
        let words = strings(service.get("command"));
        let help = Command::new(program(&program_name)).args(words).arg("--help").output().unwrap().stdout;
        let help = String::from_utf8(help).unwrap();
        let settings = service["environment"].as_mapping().unwrap();
        for setting in settings.keys().map(|setting| setting.as_str().unwrap()) {
            assert!(help.contains(&format!("[env: {setting}")), "{name}: {program_name} knows {setting}");
        }
    }
}

#[test]
fn every_password_of_the_compose_file_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("make-env");
    fs::copy(docker().join("make-env"), &script).unwrap();
    assert!(Command::new(&script).status().unwrap().success());
    let made = fs::read_to_string(dir.path().join(".env")).unwrap();
    let names: BTreeSet<String> = made.lines().map(|line| line.split('=').next().unwrap().to_owned()).collect();
    assert!(made.lines().all(|line| line.len() > 48), "none is short");
    let text = fs::read_to_string(docker().join("compose.yaml")).unwrap();
    assert_eq!(variables(&text), names);
    assert!(!Command::new(&script).output().unwrap().status.success(), "what is there stays");
    assert_eq!(fs::read_to_string(dir.path().join(".env")).unwrap(), made);
}

#[test]
fn what_the_compose_file_names_is_there() {
    let dockerfile = fs::read_to_string(docker().join("Dockerfile")).unwrap();
    let all = services();
    let profiles = |name: &str| {
        let (_, service) = all.iter().find(|(other, _)| other == name).unwrap_or_else(|| panic!("{name} is a service"));
        strings(service.get("profiles")).into_iter().collect::<BTreeSet<_>>()
    };
    for (name, service) in &all {
        if let Some(target) = service.get("build").and_then(|build| build["target"].as_str()) {
            assert!(dockerfile.contains(&format!(" AS {target}\n")), "{name}: a stage {target}");
        }
        for volume in strings(service.get("volumes")).iter().filter(|volume| volume.starts_with('.')) {
            assert!(docker().join(volume.split(':').next().unwrap()).exists(), "{name}: {volume}");
        }
        let needed = match service.get("depends_on") {
            Some(Value::Mapping(needed)) => needed.keys().map(|one| one.as_str().unwrap().to_owned()).collect(),
            list => strings(list),
        };
        for other in needed {
            assert!(profiles(name).is_subset(&profiles(&other)), "{name} is never started without {other}");
        }
    }
}

#[test]
fn containers_of_ours_may_do_nothing_but_their_work() {
    let ours = ours();
    assert_eq!(ours.len(), Service::ALL.len() + 1);
    for (name, service, _) in ours {
        assert_eq!(service["read_only"], Value::Bool(true), "{name}");
        assert_eq!(service["user"], "65532:65532", "{name}");
        assert_eq!(strings(service.get("cap_drop")), ["ALL"], "{name}");
        assert_eq!(strings(service.get("security_opt")), ["no-new-privileges:true"], "{name}");
    }
}
