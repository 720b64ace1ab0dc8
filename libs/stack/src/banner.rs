//! What `make run` prints when all is ready: where things are, who can log in, what to try.

use std::fmt::Write;

use anyhow::{Context, Result};

use crate::certificates::{Certificates, TlsMode};
use crate::seed::Demo;
use crate::service::Service;
use crate::stack::Stack;

const RULE: &str = "────────────────────────────────────────────────────────────────────────────";

/// The banner's text; without demo people, the addresses alone.
pub fn banner(stack: &Stack, demo: Option<&Demo>) -> Result<String> {
    let mut text = String::new();
    writeln!(text, "{RULE}\n WorkConnect Chat is ready\n")?;
    for (service, label) in [(Service::Api, "REST api"), (Service::Gateway, "WebSocket")] {
        let urls: Vec<&str> = stack.instances(service).iter().filter_map(|instance| instance.url.as_deref()).collect();
        if urls.is_empty() {
            continue;
        }
        writeln!(text, "   {label:<12}{}", urls.join("   "))?;
    }
    let options = stack.options();
    if options.web.is_some() {
        let api = stack.api_url()?;
        writeln!(text, "   {:<12}{api}/   (two people side by side: {api}/demo)", "web page")?;
    }
    writeln!(text, "   {:<12}{}", "pages of", options.public_value("ALLOWED_ORIGINS").unwrap_or("nowhere"))?;
    if options.public_value("LIMITS") == Some("off") {
        writeln!(
            text,
            "\n   LIMITS=off: NOBODY IS LIMITED. For load tests alone; let nobody else reach these ports.\n"
        )?;
    }
    if let Some(certificates) = stack.certificates() {
        writeln!(text, "   {:<12}{}", "authority", certificates.authority().display())?;
    }
    let data_dir = &options.data_dir;
    writeln!(text, "   {:<12}{}", "files", data_dir.join("run.json").display())?;
    writeln!(text, "   {:<12}{}", "logs", data_dir.join("log").display())?;
    if let Some(demo) = demo {
        write_demo(&mut text, stack, demo)?;
    }
    writeln!(text, "\n Ctrl-C stops everything.\n{RULE}")?;
    Ok(text)
}

fn write_demo(text: &mut String, stack: &Stack, demo: &Demo) -> Result<()> {
    let api = stack.api_url()?;
    writeln!(text, "\n Log-ins (POST {api}/api/auth/token/)")?;
    for person in &demo.people {
        writeln!(text, "   {:<7} {}   {:<10} user {}", person.username, person.password, person.role, person.id)?;
    }
    writeln!(text, "\n Tokens")?;
    for person in &demo.people {
        writeln!(text, "   {:<7} {}", person.username, person.access)?;
    }
    let [clara, felix, ..] = demo.people.as_slice() else {
        return Err(anyhow::anyhow!("no demo people")).context("seed");
    };
    let id = &demo.conversation_id;
    // How a program for the command line is told whom to trust, and who one is where that is asked.
    let trust = |authority: &str, own: &str| {
        stack.certificates().map_or_else(String::new, |made| {
            let trusted = format!(" --{authority} {}", made.authority().display());
            let client = Certificates::CLIENT;
            match stack.options().tls {
                TlsMode::Mutual => {
                    format!(
                        "{trusted} --{own} {} --key {}",
                        made.certificate(client).display(),
                        made.key(client).display()
                    )
                }
                TlsMode::Off | TlsMode::On => trusted,
            }
        })
    };
    if let Ok(socket) = stack.ws_url() {
        writeln!(text, "\n Listen as {}:\n", felix.username)?;
        writeln!(
            text,
            "npx wscat{} -c {socket}/ws/chat/{id}/ -H \"Authorization: Bearer {}\"",
            trust("ca", "cert"),
            felix.access
        )?;
    }
    writeln!(text, "\n Say something as {}:\n", clara.username)?;
    writeln!(text, "curl{} -X POST {api}/api/chat/conversations/{id}/send_message/ \\", trust("cacert", "cert"))?;
    writeln!(text, "  -H \"Authorization: Bearer {}\" \\", clara.access)?;
    writeln!(text, "  -H \"Content-Type: application/json\" -d '{{\"content\": \"Hello from curl\"}}'")?;
    Ok(())
}
