//! Results for people, as a table, and for programs, as JSON.

use std::io::{self, ErrorKind, Write as _};

use clap::ValueEnum;
use serde::Serialize;
use serde_json::Value;

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

impl Format {
    /// Prints rows: of each the named fields as columns, or everything as JSON.
    pub(crate) fn rows<T: Serialize>(self, rows: &[T], columns: &[&str]) -> anyhow::Result<()> {
        match self {
            Self::Json => print(&serde_json::to_string_pretty(rows)?),
            Self::Table => {
                let rows = rows.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
                print(&table(&rows, columns))
            }
        }
    }

    /// Prints one thing: a line a field, or everything as JSON.
    pub(crate) fn one<T: Serialize>(self, one: &T) -> anyhow::Result<()> {
        let value = serde_json::to_value(one)?;
        match (self, &value) {
            (Self::Table, Value::Object(fields)) => {
                let width = fields.keys().map(String::len).max().unwrap_or_default();
                let lines = fields.iter().map(|(name, value)| format!("{name:width$}  {}\n", text(value)));
                print(lines.collect::<String>().trim_end())
            }
            _ => print(&serde_json::to_string_pretty(&value)?),
        }
    }
}

/// Whoever does not read any more has seen enough.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn table(rows: &[Value], columns: &[&str]) -> String {
    let header = columns.iter().map(|name| name.to_uppercase()).collect();
    let cells = |row: &Value| columns.iter().map(|name| text(row.get(name).unwrap_or(&Value::Null))).collect();
    let lines: Vec<Vec<String>> = std::iter::once(header).chain(rows.iter().map(cells)).collect();
    let width = |index: usize| lines.iter().filter_map(|line| line.get(index)).map(|cell| cell.chars().count()).max();
    let widths: Vec<_> = (0..columns.len()).map(|index| width(index).unwrap_or_default()).collect();
    let line = |cells: &Vec<String>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_stands_in_them() {
        let rows = [json!({"id": 7, "name": "Ada", "more": 1}), json!({"id": 1234, "name": null})];
        assert_eq!(table(&rows, &["id", "name"]), "ID    NAME\n7     Ada\n1234  -");
    }
}
