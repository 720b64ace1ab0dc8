//! The units of systemd, as systemd itself reads them.

use std::fs;
use std::path::Path;
use std::process::Command;

use chat_e2e::Service;

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/systemd");
    let scratch = tempfile::tempdir().unwrap();
    let mut units = Vec::new();
    for file in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
        let text = fs::read_to_string(&file).unwrap();
        // Nothing is installed here: the program stands for any.
        let lines =
            text.lines().map(|line| if line.starts_with("ExecStart=/opt/") { "ExecStart=/bin/true" } else { line });
        let copy = scratch.path().join(file.file_name().unwrap());
        fs::write(&copy, lines.collect::<Vec<_>>().join("\n")).unwrap();
        units.push(copy);
    }
    assert_eq!(units.len(), Service::ALL.len() + 1, "one for each service, and NATS");
    let Ok(output) = Command::new("systemd-analyze").arg("verify").args(&units).output() else {
        println!("systemd-analyze is not here: left out");
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("chat-"), "{said}");
}
