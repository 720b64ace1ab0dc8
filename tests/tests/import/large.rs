//! A million messages: how long it takes and what it needs is printed; that nothing differs is asserted.

use std::time::Instant;

use crate::dump::{Dump, drawn};
use crate::importer;

const MESSAGES: i64 = 1_000_000;
const CONVERSATIONS: usize = 20_000;
const PEOPLE: i64 = 5_000;
/// More than the rows of a batch, the files' buffers and the program itself need; far less than the export.
const MEMORY_KIB: u64 = 200 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_million_messages_come_over() {
    let (importer, _turn) = importer("large").await;
    let file = importer.folder.join("dump.json");
    let first = importer.app.fresh_id() * 1_000_000;
    write(&file, first);
    let size = std::fs::metadata(&file).unwrap().len();
    let begun = Instant::now();
    let child = importer.command(&["run", "--from", "django", file.to_str().unwrap()]).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id().unwrap());
    let (mut peak, mut output) = (0, tokio::spawn(child.wait_with_output()));
    let output = loop {
        tokio::select! {
            output = &mut output => break output.unwrap().unwrap(),
            () = tokio::time::sleep(std::time::Duration::from_millis(200)) => peak = peak.max(peak_memory(&status)),
        }
    };
    let seconds = begun.elapsed().as_secs_f64();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    crate::assert_no_difference(&report);
    assert_eq!(report["counts"]["messages"], MESSAGES);
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let rate = MESSAGES as f64 / seconds;
    println!(
        "{MESSAGES} messages ({} MB) in {seconds:.0} s with the comparison: {rate:.0} a second, {peak} KiB at most",
        size >> 20
    );
    assert!(peak < MEMORY_KIB, "{peak} KiB");
    std::fs::remove_file(file).unwrap();
}

fn peak_memory(status: &str) -> u64 {
    let status = std::fs::read_to_string(status).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok()).unwrap_or(0)
}

fn write(file: &std::path::Path, first: i64) {
    let mut dump = Dump::create(file);
    for person in 0..PEOPLE {
        dump.user(first + person, "Person", &person.to_string());
    }
    let conversations: Vec<_> = (0..CONVERSATIONS).map(|_| drawn()).collect();
    let pair = |index: usize| {
        let one = i64::try_from(index).unwrap() % PEOPLE;
        [first + one, first + (one + 1 + i64::try_from(index).unwrap() / PEOPLE) % PEOPLE]
    };
    for (index, id) in conversations.iter().enumerate() {
        dump.conversation(*id, "", None, &pair(index));
    }
    let mut read = 0;
    for number in 0..MESSAGES {
        // Some are long, most are short.
        let place = usize::try_from(number * number % 99_991).unwrap() % CONVERSATIONS;
        let (id, [one, other]) = (drawn(), pair(place));
        let (sender, reader) = if number % 3 == 0 { (one, other) } else { (other, one) };
        dump.message(
            id,
            conversations[place],
            sender,
            "About the fence: would Tuesday suit you, and which wood is it to be?",
            number,
        );
        if number % 4 == 0 {
            read += 1;
            dump.read(read, id, reader);
        }
    }
    dump.finish();
}
